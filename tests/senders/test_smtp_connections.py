"""Email: connections are kept, and no failure loses or doubles a mail."""

import asyncio

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Scope, SendError
from pingpilot_app.senders.smtp_connection import COMMAND_TIMEOUT, SmtpConnection
from pingpilot_app.senders.smtp_pool import SIZE, SmtpPool


@pytest.fixture
async def to_script(smtp_settings):
    """Return a maker of senders to a scripted server."""
    made = []

    def make(script) -> EmailSender:
        made.append(EmailSender(smtp_settings.model_copy(update={"port": script.port})))
        return made[-1]

    yield make
    for sender in made:
        await sender.close()


async def test_mails_one_after_the_other_share_a_connection(email, sandbox, message, mailbox):
    for number in range(5):
        await email.send(message(), mailbox, f"n-{number}")
    assert (sandbox.smtp.connections, sandbox.smtp.messages_taken) == (1, 5)


async def test_a_crowd_shares_few_connections(email, sandbox, message, mailbox):
    await asyncio.gather(*(email.send(message(), mailbox, f"n-{n}") for n in range(40)))
    assert sandbox.smtp.messages_taken == 40
    assert sandbox.smtp.connections == SIZE


async def test_a_connection_closed_while_idle_costs_nothing(email, sandbox, message, mailbox):
    await email.send(message(), mailbox, "n-1")
    sandbox.smtp.drop_connections()
    await email.send(message(), mailbox, "n-2")
    assert (sandbox.smtp.connections, sandbox.smtp.messages_taken) == (2, 2)


@pytest.mark.parametrize("goodbye", [None, "421 4.4.2 idle for too long"])
@pytest.mark.parametrize("command", ["MAIL", "RCPT"])
async def test_a_goodbye_to_a_kept_connection_costs_nothing(
    scripted, to_script, message, mailbox, goodbye, command
):
    def reply(said, number):
        late = number == 1 and script.mails == 1 and said == command
        return goodbye if late else {"CONNECT": "220 x", "DATA": "354 x"}.get(said, "250 ok")

    script = await scripted(reply)
    email = to_script(script)
    await email.send(message(), mailbox, "n-1")
    await email.send(message(), mailbox, "n-2")
    assert (script.mails, script.connections) == (2, 2)


async def test_a_goodbye_to_a_fresh_connection_is_a_passing_failure(
    scripted, to_script, message, mailbox
):
    script = await scripted(lambda said, number: "220 x" if said == "CONNECT" else None)
    with pytest.raises(SendError) as caught:
        await to_script(script).send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, False)
    assert caught.value.failure is Failure.UNREACHABLE
    assert script.connections == 1


@pytest.mark.parametrize("kept", [False, True])
async def test_a_mail_whose_answer_is_lost_is_not_sent_twice(
    email, sandbox, message, mailbox, kept
):
    if kept:
        await email.send(message(), mailbox, "n-0")
    sandbox.fail(Channel.EMAIL, "reset")
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, True)
    assert caught.value.failure is Failure.NO_ANSWER
    assert sandbox.smtp.messages_taken == 1 + kept


async def test_garbage_after_the_mail_is_possibly_delivered(email, sandbox, message, mailbox):
    sandbox.fail(Channel.EMAIL, "garbage")
    with pytest.raises(SendError) as caught:
        await email.send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, True)
    assert caught.value.failure is Failure.NOT_ITS_API


@pytest.mark.parametrize("greeting", ["hello", "999 x", "\xff\xfe", "-1"])
async def test_garbage_at_the_door_is_a_passing_failure(
    scripted, to_script, message, mailbox, greeting
):
    script = await scripted(lambda said, number: greeting if said == "CONNECT" else None)
    with pytest.raises(SendError) as caught:
        await to_script(script).send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.failure) == (False, Failure.NOT_ITS_API)


async def test_a_server_that_wants_none_of_us_stops_email(scripted, to_script, message, mailbox):
    script = await scripted(lambda said, number: "554 go away")
    with pytest.raises(SendError) as caught:
        await to_script(script).send(message(), mailbox, "n-1")
    assert (caught.value.permanent, caught.value.scope) == (False, Scope.PROVIDER)
    assert caught.value.failure is Failure.SENDER_REFUSED


async def test_a_refusal_does_not_spoil_the_next_mail(email, sandbox, message, mailbox):
    for mode in ("code:550", "code:554", "garbage", "reset"):
        sandbox.fail(Channel.EMAIL, mode)
        with pytest.raises(SendError):
            await email.send(message(), mailbox, "n-1")
        await email.send(message(), mailbox, "n-2")
    assert sandbox.faults.as_json() == {}


@pytest.mark.parametrize("stage", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "CONTENT"])
async def test_a_cancelled_mail_does_not_spoil_the_next(
    scripted, to_script, message, mailbox, stage
):
    reached = asyncio.Event()

    def reply(said, number):
        if said == stage and number == 1:
            reached.set()
            return "250-still"  # a reply that goes on
        return {"CONNECT": "220 x", "DATA": "354 x", "QUIT": "221 x"}.get(said, "250 ok")

    script = await scripted(reply)
    email = to_script(script)
    task = asyncio.create_task(email.send(message(), mailbox, "n-1"))
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await email.send(message(), mailbox, "n-2")
    assert script.connections == 2


async def test_an_idle_connection_is_closed_with_a_quit(scripted, smtp_settings, message):
    script = await scripted()
    settings = smtp_settings.model_copy(update={"port": script.port})
    pool = SmtpPool(lambda: SmtpConnection(settings, "a@example.org"), idle=0)
    async with pool.lend() as connection:
        await connection.get_client()
    while connection.alive:  # noqa: ASYNC110  # the library has no event for it
        await asyncio.sleep(0)
    await pool.close()
    assert script.commands == ["EHLO", "QUIT"]


async def test_closing_says_quit(email, scripted, to_script, message, mailbox):
    script = await scripted()
    email = to_script(script)
    await email.send(message(), mailbox, "n-1")
    await email.close()
    assert script.commands[-1] == "QUIT"


async def test_the_name_we_greet_with_needs_no_lookup(scripted, smtp_settings):
    connection = SmtpConnection(smtp_settings, "Ping <a@bücher.example>")
    assert connection.smtp_cls_kwargs["local_hostname"] == "localhost"
    assert connection.smtp_cls_kwargs["timeout"] == COMMAND_TIMEOUT >= 60
