"""Email: what a refusal means depends on the command that it answers."""

import base64

import pytest
from pydantic import SecretStr

from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Scope, SendError
from pingpilot_app.settings import SmtpTls

PASSWORD = "correct horse:battery/staple"
LOGIN = {"username": "ada", "password": SecretStr(PASSWORD)}
STARTTLS = {"tls": SmtpTls.STARTTLS}
EHLO = "250-mail.example.org\r\n250-STARTTLS\r\n250 AUTH PLAIN"
FRIENDLY = {"CONNECT": "220 x", "EHLO": EHLO, "DATA": "354 x", "QUIT": "221 x", "AUTH": "235 x"}


@pytest.fixture
def refused(scripted, smtp_settings, message, mailbox):
    """Send to a server that gives these replies; return the error."""

    async def refused(replies, **changes) -> SendError:
        known = FRIENDLY | replies
        script = await scripted(lambda command, number: known.get(command, "250 ok"))
        sender = EmailSender(smtp_settings.model_copy(update={"port": script.port, **changes}))
        with pytest.raises(SendError) as caught:
            await sender.send(message(), mailbox, "n-1")
        return caught.value

    return refused


@pytest.mark.parametrize(
    "words",
    [
        "554 5.7.1 <ada@example.net>: Relay access denied",
        "550 relay not permitted",
        "553 5.7.1 <a@b.example>: Sender address rejected: not owned by user ada",
        "550 5.1.8 <a@b.example>: Sender address rejected: Domain not found",
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked",
        "504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname",
    ],
)
async def test_what_is_said_against_us_at_rcpt_does_not_break_the_recipient(refused, words):
    error = await refused({"RCPT": words})
    assert (error.permanent, error.scope) == (False, Scope.PROVIDER)
    assert error.failure is Failure.SENDER_REFUSED


@pytest.mark.parametrize(
    "words",
    [
        "550 5.1.1 <ada@example.net>: User unknown in relay recipient table",
        "550 5.1.1 No such user",
        "552 5.2.2 Mailbox full",
    ],
)
async def test_what_is_said_against_the_recipient_gives_it_up(refused, words):
    error = await refused({"RCPT": words})
    assert (error.permanent, error.scope) == (True, Scope.DESTINATION)
    assert error.failure is Failure.MAILBOX_REFUSED


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
async def test_a_4xx_to_any_command_may_pass(refused, command):
    replies = {command: "451 4.3.0 later"}
    error = await refused(replies | ({"HELO": "451 4.3.0 later"} if command == "EHLO" else {}))
    assert (error.permanent, error.scope, error.code) == (False, Scope.MESSAGE, "451")
    assert error.failure is Failure.TRY_LATER


async def test_a_refused_hello_stops_email(refused):
    error = await refused({"EHLO": "550 go away", "HELO": "550 go away"})
    assert (error.failure, error.scope) == (Failure.SENDER_REFUSED, Scope.PROVIDER)


@pytest.mark.parametrize("words", ["502 5.5.1 not here", "554 5.7.0 no"])
async def test_refused_encryption_is_not_secure(refused, words):
    error = await refused({"STARTTLS": words}, **STARTTLS)
    assert (error.failure, error.scope) == (Failure.NOT_SECURE, Scope.PROVIDER)


async def test_encryption_that_is_not_ready_may_pass(refused):
    error = await refused({"STARTTLS": "454 4.7.0 TLS not available for now"}, **STARTTLS)
    assert error.failure is Failure.TRY_LATER


async def test_a_server_that_wants_encryption_is_not_secure(refused):
    error = await refused({"MAIL": "530 5.7.0 Must issue a STARTTLS command first"})
    assert (error.permanent, error.failure) == (False, Failure.NOT_SECURE)


@pytest.mark.parametrize("words", ["535 5.7.8 no", "501 5.5.2 no", "504 5.5.4 no", "550 no"])
async def test_a_refused_login_is_about_our_credentials(refused, words):
    error = await refused({"AUTH": words}, **LOGIN)
    assert (error.failure, error.scope) == (Failure.BAD_CREDENTIALS, Scope.PROVIDER)
    assert error.code == words[:3]


async def test_a_login_that_needs_encryption_is_not_secure(refused):
    error = await refused({"AUTH": "538 5.7.11 Encryption required"}, **LOGIN)
    assert error.failure is Failure.NOT_SECURE


async def test_a_login_that_must_wait_may_pass(refused):
    error = await refused({"AUTH": "454 4.7.0 Temporary authentication failure"}, **LOGIN)
    assert error.failure is Failure.TRY_LATER


async def test_a_server_that_offers_no_login_wants_encryption_first(refused):
    error = await refused({"EHLO": "250 mail.example.org"}, **LOGIN)
    assert (error.failure, error.scope) == (Failure.NOT_SECURE, Scope.PROVIDER)


@pytest.mark.parametrize("goodbye", ["500 what?", "999 x", None])
async def test_a_rude_goodbye_does_not_hide_a_refused_login(refused, goodbye):
    error = await refused({"AUTH": "535 5.7.8 no", "QUIT": goodbye}, **LOGIN)
    assert (error.failure, error.code) == (Failure.BAD_CREDENTIALS, "535")


async def test_a_reset_that_fails_does_not_hide_a_refused_sender(refused):
    error = await refused({"MAIL": "550 not you", "RSET": "500 what?"})
    assert (error.failure, error.code) == (Failure.SENDER_REFUSED, "550")


async def test_a_login_that_the_server_repeats_is_cut_out(refused):
    login = base64.b64encode(f"\0ada\0{PASSWORD}".encode()).decode()
    error = await refused({"AUTH": f"501 5.5.2 Cannot decode {login} ({PASSWORD})"}, **LOGIN)
    assert error.reason == "501 5.5.2 Cannot decode [token] ([token])"


async def test_words_of_several_lines_become_one(refused):
    error = await refused({"RCPT": "550-5.1.1 No such user\r\n550 5.1.1 Go away"})
    assert error.reason == "550 5.1.1 No such user 5.1.1 Go away"
