"""Email: certificates are verified."""

import ssl

import pytest

from pingpilot_app.domain.failure import Failure
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Scope, SendError
from pingpilot_app.settings import SmtpTls


@pytest.fixture
async def secured(certificate):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    sandbox = Sandbox(0, tls=context)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


def settings_for(smtp_settings, sandbox, tls=SmtpTls.STARTTLS):
    return smtp_settings.model_copy(update={"port": sandbox.smtp_port, "tls": tls})


async def test_a_trusted_server_gets_the_mail(
    secured, smtp_settings, certificate, message, mailbox
):
    trusting = ssl.create_default_context(cafile=certificate)
    email = EmailSender(settings_for(smtp_settings, secured), tls=trusting)
    await email.send(message(), mailbox, "n-1")
    await email.close()
    assert secured.smtp.messages_taken == 1


async def test_an_unknown_server_gets_nothing(secured, smtp_settings, message, mailbox):
    email = EmailSender(settings_for(smtp_settings, secured))
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.scope) == (False, Scope.PROVIDER)
    assert caught.value.failure is Failure.NOT_SECURE
    assert "CERTIFICATE_VERIFY_FAILED" in caught.value.reason
    assert secured.smtp.messages_taken == 0


async def test_a_server_without_starttls_gets_nothing(sandbox, smtp_settings, message, mailbox):
    email = EmailSender(settings_for(smtp_settings, sandbox))
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.scope) == (False, Scope.PROVIDER)
    assert caught.value.failure is Failure.NOT_SECURE
    assert sandbox.smtp.messages_taken == 0


async def test_a_server_that_speaks_no_tls_gets_nothing(sandbox, smtp_settings, message, mailbox):
    email = EmailSender(settings_for(smtp_settings, sandbox, SmtpTls.TLS))
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.failure) == (False, Failure.NOT_SECURE)
    assert sandbox.smtp.messages_taken == 0


async def test_without_tls_none_is_started(secured, smtp_settings, message, mailbox):
    email = EmailSender(settings_for(smtp_settings, secured, SmtpTls.NONE))
    await email.send(message(), mailbox, "n-1")
    await email.close()
    assert secured.smtp.messages_taken == 1
