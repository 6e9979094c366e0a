"""Email: what arrives, and what each refusal means."""

import pytest
from pydantic import SecretStr

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Destination, Scope, SendError


async def failure(email, sandbox, message, mailbox, mode, **how):
    sandbox.fail(Channel.EMAIL, mode, **how)
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    return caught.value


async def arrived(email, sandbox, message, mailbox, nonce="n-1"):
    await email.send(message, mailbox, nonce)
    return sandbox.inbox.received(Channel.EMAIL)[-1]


async def test_the_mail_has_a_subject_a_text_and_a_table(email, sandbox, message, mailbox):
    received = await arrived(email, sandbox, message(), mailbox)
    mail = received.payload
    assert (received.to, mail["subject"]) == ("ada@example.net", "PingPilot Alert")
    assert mail["text"].splitlines()[:5] == [
        "🐛 Bug",
        "",
        "Critical database connection error",
        "",
        "severity: high",
    ]
    assert ">retry_count</th>" in mail["html"]
    assert "background:#ff0000" in mail["html"]
    assert 'href="https://pings.example.org/events/evt_01"' in mail["html"]


async def test_the_headers_say_what_it_is(email, sandbox, message, mailbox):
    headers = dict((await arrived(email, sandbox, message(), mailbox)).payload["headers"])
    wanted = {
        "Date": "Fri, 06 Mar 2026 10:30:00 +0000",
        "Message-ID": "<n-1@example.org>",
        "Auto-Submitted": "auto-generated",
        "X-Entity-Ref-ID": "evt_01",
        "List-Unsubscribe": "<https://pings.example.org/unsubscribe/dst_3>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "From": "PingPilot <pingpilot@example.org>",
        "To": "ada@example.net",
    }
    assert wanted.items() <= headers.items()


async def test_every_try_has_the_same_message_id(email, sandbox, message, mailbox):
    first = await arrived(email, sandbox, message(), mailbox, "n-7")
    second = await arrived(email, sandbox, message(), mailbox, "n-7")
    assert first.raw == second.raw


@pytest.mark.parametrize("evil", ["a\x0bhello", "a\r\nBcc: eve@evil.example", "a\u2028b", "a\x85b"])
async def test_nothing_breaks_out_of_a_header(email, sandbox, message, mailbox, evil):
    changed = message(event_id=evil, url=f"https://x.example/{evil}", description=evil)
    received = await arrived(email, sandbox, changed, mailbox, evil)
    names = [name for name, _ in received.payload["headers"]]
    assert "Bcc" not in names
    assert len(names) == len(set(names)) == 11


@pytest.mark.parametrize("name", ["Ping\x0bPilot", "Glöckchen", "Ping, Pilot"])
async def test_the_senders_name_survives(smtp_settings, sandbox, message, mailbox, name):
    settings = smtp_settings.model_copy(update={"email_from": f'"{name}" <a@example.org>'})
    email = EmailSender(settings)
    received = await arrived(email, sandbox, message(), mailbox)
    await email.close()
    kept = dict(received.payload["headers"])["From"]
    assert name.replace("\x0b", " ") in kept
    assert "a@example.org" in kept


async def test_user_text_is_no_markup(email, sandbox, message, mailbox):
    sly = message(description="<script>alert(1)</script>", fields={"<b>": "<i>"})
    html = (await arrived(email, sandbox, sly, mailbox)).payload["html"]
    assert "<script>" not in html
    assert "&lt;b&gt;" in html


async def test_a_lone_surrogate_does_not_stop_a_mail(email, sandbox, message, mailbox):
    received = await arrived(email, sandbox, message(description="a\ud800b"), mailbox)
    assert "a\ufffdb" in received.payload["text"]


async def test_an_international_domain_is_written_to(email, sandbox, message):
    mailbox = Destination("d", "ada@bücher.example")
    assert (await arrived(email, sandbox, message(), mailbox)).to == "ada@xn--bcher-kva.example"


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ada",
        "@x.example",
        "ada@",
        "a@b@c.example",
        "a b@x.example",
        "a@x.example\r\nRCPT TO:<b>",
        "a@x.example,b@x.example",
        "<a@x.example>",
        "ä@x.example",
        "a@" + "x" * 300,
        "a@x..example",
    ],
)
async def test_what_is_no_address_is_never_sent_to(email, sandbox, message, address):
    with pytest.raises(SendError) as caught:
        await email.send(message(), Destination("d", address), "n-1")
    assert (caught.value.permanent, caught.value.scope) == (True, Scope.DESTINATION)
    assert caught.value.failure is Failure.BAD_ADDRESS
    assert sandbox.smtp.connections == 0


@pytest.mark.parametrize("code", ["421", "450", "451", "452", "450@mail", "451@rcpt"])
async def test_a_4xx_may_pass(email, sandbox, message, mailbox, code):
    error = await failure(email, sandbox, message, mailbox, f"code:{code}")
    assert (error.permanent, error.scope, error.code) == (False, Scope.MESSAGE, code[:3])
    assert (error.failure, error.possibly_delivered) == (Failure.TRY_LATER, False)


@pytest.mark.parametrize("code", ["550", "551", "553", "554@rcpt"])
async def test_a_refused_recipient_is_given_up(email, sandbox, message, mailbox, code):
    error = await failure(email, sandbox, message, mailbox, f"code:{code}")
    assert (error.permanent, error.scope, error.code) == (True, Scope.DESTINATION, code[:3])
    assert error.failure is Failure.MAILBOX_REFUSED


@pytest.mark.parametrize("code", ["552", "554", "550@data", "552@mail"])
async def test_a_refused_mail_does_not_blame_the_recipient(email, sandbox, message, mailbox, code):
    error = await failure(email, sandbox, message, mailbox, f"code:{code}")
    assert (error.permanent, error.scope) == (True, Scope.MESSAGE)
    assert error.failure is Failure.MESSAGE_REFUSED


@pytest.mark.parametrize("code", ["550@mail", "553@mail", "554@mail"])
async def test_a_refused_sender_stops_email_and_loses_nothing(
    email, sandbox, message, mailbox, code
):
    error = await failure(email, sandbox, message, mailbox, f"code:{code}")
    assert (error.permanent, error.scope) == (False, Scope.PROVIDER)
    assert error.failure is Failure.SENDER_REFUSED


@pytest.mark.parametrize("code", ["530", "534", "535"])
async def test_bad_credentials_stop_email_and_lose_nothing(email, sandbox, message, mailbox, code):
    error = await failure(email, sandbox, message, mailbox, f"code:{code}")
    assert (error.permanent, error.scope, error.code) == (False, Scope.PROVIDER, code)
    assert error.failure is Failure.BAD_CREDENTIALS


async def test_a_refused_login_stops_email(smtp_settings, sandbox, message, mailbox):
    login = {"username": "pingpilot", "password": SecretStr("hunter22")}
    email = EmailSender(smtp_settings.model_copy(update=login))
    error = await failure(email, sandbox, message, mailbox, "code:535")
    assert (error.permanent, error.scope, error.code) == (False, Scope.PROVIDER, "535")
    assert "hunter22" not in error.reason


async def test_a_login_is_used(smtp_settings, sandbox, message, mailbox):
    login = {"username": "pingpilot", "password": SecretStr("hunter22")}
    email = EmailSender(smtp_settings.model_copy(update=login))
    await email.send(message(), mailbox, "n-1")
    await email.close()
    assert sandbox.inbox.counts()["email"] == 1


async def test_the_servers_words_are_kept(email, sandbox, message, mailbox):
    error = await failure(email, sandbox, message, mailbox, "code:550")
    assert error.reason == "550 5.1.1 No such user here (PingPilot sandbox)"


async def test_nobody_there_is_a_passing_failure(email, sandbox, message, mailbox):
    await sandbox.stop()
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.scope) == (False, Scope.MESSAGE)
    assert caught.value.failure is Failure.UNREACHABLE
    assert not caught.value.possibly_delivered
