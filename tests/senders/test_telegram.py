"""Telegram: what arrives, what each refusal means, and that the token stays secret."""

import logging

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.sandbox.telegram import MIGRATED_TO
from pingpilot_app.senders.sender import Destination, Scope, SendError
from pingpilot_app.senders.telegram import TelegramSender

TEXT = """🎉 Event Notification 🎉

📌 Category: 🐛 Bug
📝 Description: Critical database connection error
🎨 Color Code: 16711680
🕒 Timestamp: 2026-03-06T10:30:00.000Z

📌 Details:
🔹 severity: high
🔹 service: api-server
🔹 error_code: ECONNREFUSED
🔹 retry_count: 3"""


async def failure(telegram, sandbox, message, chat, mode, **how):
    sandbox.fail(Channel.TELEGRAM, mode, **how)
    with pytest.raises(SendError) as caught:
        await telegram.send(message(), chat, "n-1")
    return caught.value


async def test_the_text_has_the_documented_layout(telegram, sandbox, message, chat):
    receipt = await telegram.send(message(), chat, "n-1")
    (received,) = sandbox.inbox.received(Channel.TELEGRAM)
    assert received.payload == {
        "chat_id": 42,
        "text": TEXT,
        "link_preview_options": {"is_disabled": True},
    }
    assert receipt.reference == received.reference


async def test_without_fields_there_are_no_details(telegram, sandbox, message, chat):
    await telegram.send(message(fields={}), chat, "n-1")
    assert sandbox.inbox.received()[0].payload["text"] == TEXT.partition("\n\n📌 Details")[0]


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("bot was blocked by the user", Failure.BOT_BLOCKED),
        ("user is deactivated", Failure.PERSON_GONE),
        ("chat not found", Failure.CHAT_NOT_FOUND),
        ("bot can't initiate conversation", Failure.CHAT_NOT_FOUND),
        ("PEER_ID_INVALID", Failure.CHAT_NOT_FOUND),
        ("bot was kicked", Failure.BOT_REMOVED),
        ("not enough rights to send text messages to the chat", Failure.BOT_REMOVED),
        ("have no rights to send a message", Failure.BOT_REMOVED),
        ("need administrator rights in the channel chat", Failure.BOT_REMOVED),
        ("CHAT_WRITE_FORBIDDEN", Failure.BOT_REMOVED),
    ],
)
async def test_a_closed_chat_is_given_up(telegram, sandbox, message, chat, words, meaning):
    error = await failure(telegram, sandbox, message, chat, f"code:{words}")
    assert (error.permanent, error.scope) == (True, Scope.DESTINATION)
    assert error.failure is meaning
    assert words in error.reason


async def test_a_refused_text_is_given_up_without_blaming_the_chat(
    telegram, sandbox, message, chat
):
    error = await failure(telegram, sandbox, message, chat, "code:message is too long")
    assert (error.permanent, error.scope) == (True, Scope.MESSAGE)
    assert error.failure is Failure.MESSAGE_REFUSED


async def test_a_bad_token_stops_telegram_and_loses_nothing(telegram, sandbox, message, chat):
    error = await failure(telegram, sandbox, message, chat, "code:Unauthorized")
    assert (error.permanent, error.scope, error.code) == (False, Scope.PROVIDER, "401")
    assert error.failure is Failure.BAD_CREDENTIALS


async def test_too_fast_waits_as_long_as_asked(telegram, sandbox, message, chat):
    error = await failure(telegram, sandbox, message, chat, "rate_limit", retry_after=7)
    assert (error.permanent, error.retry_after, error.code) == (False, 7, "429")
    assert (error.failure, error.scope) == (Failure.RATE_LIMITED, Scope.DESTINATION)


async def test_a_group_that_moved_is_followed_once(telegram, sandbox, message, chat):
    sandbox.fail(Channel.TELEGRAM, "code:migrate_to_chat_id")
    receipt = await telegram.send(message(), chat, "n-1")
    assert receipt.address == str(MIGRATED_TO)
    assert [received.to for received in sandbox.inbox.received()] == [str(MIGRATED_TO)]


async def test_a_group_that_moves_again_is_not_followed(telegram, sandbox, message, chat):
    error = await failure(telegram, sandbox, message, chat, "code:migrate_to_chat_id", times=2)
    assert not error.permanent


async def test_a_server_error_may_pass(telegram, sandbox, message, chat):
    error = await failure(telegram, sandbox, message, chat, "server_error")
    assert (error.permanent, error.possibly_delivered) == (False, False)
    assert error.failure is Failure.PROVIDER_ERROR


async def test_a_lost_answer_is_possibly_delivered(telegram, sandbox, message, chat):
    error = await failure(telegram, sandbox, message, chat, "reset")
    assert (error.permanent, error.possibly_delivered) == (False, True)
    assert error.failure is Failure.NO_ANSWER
    assert sandbox.inbox.counts()["telegram"] == 1


async def test_a_silent_telegram_is_possibly_delivered(telegram_settings, message, chat):
    def silence(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("", request=request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(silence))
    with pytest.raises(SendError) as caught:
        await TelegramSender(telegram_settings, client).send(message(), chat, "n-1")
    assert caught.value.reason == "Telegram did not answer: ReadTimeout"
    assert (caught.value.permanent, caught.value.possibly_delivered) == (False, True)


@pytest.mark.parametrize("address", ["", "@ada", "ada", "0", "1.5", "9" * 20, "٤٢"])
async def test_what_is_no_chat_id_is_never_sent_to(telegram, message, address):
    with pytest.raises(SendError) as caught:
        await telegram.send(message(), Destination("d", address), "n-1")
    assert (caught.value.permanent, caught.value.scope) == (True, Scope.DESTINATION)
    assert caught.value.failure is Failure.BAD_ADDRESS


def refusing(code, words):
    return f'{{"ok": false, "error_code": {code}, "description": "{words}"}}'


@pytest.mark.parametrize(
    ("status", "body", "meaning", "possibly"),
    [
        (200, "<h1>Log in</h1>", Failure.NOT_ITS_API, True),
        (302, "", Failure.NOT_ITS_API, False),
        (401, "", Failure.BAD_CREDENTIALS, False),
        (403, refusing(403, "Forbidden: something new"), Failure.BOT_REMOVED, False),
        (404, "<h1>Not Found</h1>", Failure.NOT_ITS_API, False),
        (404, refusing(404, "Not Found"), Failure.BAD_CREDENTIALS, False),
        (429, "<h1>Slow down</h1>", Failure.RATE_LIMITED, False),
        (502, refusing(502, "Bad Gateway"), Failure.PROVIDER_ERROR, True),
        (503, "", Failure.PROVIDER_ERROR, False),
    ],
)
async def test_what_an_answer_means(
    telegram_settings, message, chat, status, body, meaning, possibly
):
    answer = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    telegram = TelegramSender(telegram_settings, httpx.AsyncClient(transport=answer))
    with pytest.raises(SendError) as caught:
        await telegram.send(message(), chat, "n-1")
    assert (caught.value.failure, caught.value.possibly_delivered) == (meaning, possibly)


async def test_a_limit_of_something_in_front_stops_telegram(telegram_settings, message, chat):
    page = httpx.Response(429, html="<h1>Slow down</h1>", headers={"Retry-After": "60"})
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda request: page))
    with pytest.raises(SendError) as caught:
        await TelegramSender(telegram_settings, client).send(message(), chat, "n-1")
    assert (caught.value.scope, caught.value.retry_after) == (Scope.PROVIDER, 60)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"ok": true}',
        '{"ok": true, "result": 5}',
        '{"ok": true, "result": {"message_id": "x"}}',
        '{"ok": false}',
        '{"ok": false, "description": 5, "parameters": []}',
        '{"ok": "no", "error_code": "x", "description": "y"}',
    ],
)
@pytest.mark.parametrize("status", [200, 400, 502])
async def test_no_answer_raises_anything_else(telegram_settings, message, chat, body, status):
    answer = httpx.MockTransport(lambda request: httpx.Response(status, content=body))
    telegram = TelegramSender(telegram_settings, httpx.AsyncClient(transport=answer))
    with pytest.raises(SendError) as caught:
        await telegram.send(message(), chat, "n-1")
    assert not caught.value.permanent


async def test_the_token_reaches_no_log(telegram, sandbox, message, chat, caplog):
    for name in ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "asyncio"):
        caplog.set_level(logging.DEBUG, name)
    await telegram.send(message(), chat, "n-1")
    await failure(telegram, sandbox, message, chat, "reset")
    await failure(telegram, sandbox, message, chat, "code:Unauthorized")
    assert caplog.records  # httpcore's, which know no URL
    assert "top-secret" not in caplog.text


async def test_the_token_reaches_no_error(telegram_settings, message, chat):
    token = telegram_settings.bot_token.get_secret_value()

    def leak(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError(f"cannot reach {request.url}", request=request)

    client = httpx.AsyncClient(transport=httpx.MockTransport(leak))
    with pytest.raises(SendError) as caught:
        await TelegramSender(telegram_settings, client).send(message(), chat, "n-1")
    assert token not in str(caught.value)
    assert "[token]" in caught.value.reason
