"""The sandbox's Telegram answers as the real one does."""

import asyncio

import pytest

BOT = "/telegram/bot1:x"


async def until(condition):
    """Let the event loop turn until the condition holds."""
    while not condition():  # noqa: ASYNC110  # the sandbox has no event for it
        await asyncio.sleep(0)


async def send(http, chat_id, text="hello"):
    return (await http.post(f"{BOT}/sendMessage", json={"chat_id": chat_id, "text": text})).json()


async def test_it_says_that_it_is_a_sandbox(http):
    assert "sandbox" in (await http.get(f"{BOT}/getMe")).json()["result"]["first_name"]


async def test_a_chat_is_known_once_start_was_pressed(http, sandbox):
    chat_id = sandbox.telegram.press_start("ada", "tok")
    assert (await send(http, chat_id))["ok"]
    assert chat_id == sandbox.telegram.press_start("@Ada")


@pytest.mark.parametrize("chat_id", [1, -5, "ada", None, True])
async def test_a_stranger_is_not_found(http, chat_id):
    answer = await send(http, chat_id)
    assert (answer["error_code"], answer["description"]) == (400, "Bad Request: chat not found")


@pytest.mark.parametrize(
    ("text", "words"),
    [(" ", "message text is empty"), (5, "message text is empty"), ("🤔" * 2_049, "is too long")],
)
async def test_a_bad_text_is_refused(http, sandbox, text, words):
    sandbox.telegram.register_chat(1)
    assert words in (await send(http, 1, text))["description"]


async def test_4096_units_are_taken(http, sandbox):
    sandbox.telegram.register_chat(1)
    assert (await send(http, 1, "🤔" * 2_048))["ok"]


async def test_a_second_poller_is_409(http, sandbox):
    first = asyncio.create_task(http.get(f"{BOT}/getUpdates?timeout=20"))
    await until(lambda: sandbox.telegram._polling)
    second = await http.get(f"{BOT}/getUpdates")
    sandbox.telegram.press_start("ada")
    assert second.json()["error_code"] == 409
    assert len((await first).json()["result"]) == 1


async def test_a_poller_that_hangs_up_makes_room(http, sandbox):
    poll = asyncio.create_task(http.get(f"{BOT}/getUpdates?timeout=50"))
    await until(lambda: sandbox.telegram._polling)
    poll.cancel()
    await until(lambda: not sandbox.telegram._polling)
    assert (await http.get(f"{BOT}/getUpdates")).json() == {"ok": True, "result": []}


@pytest.mark.parametrize(
    ("path", "code"), [("/telegram/botinvalid/getMe", 401), (f"{BOT}/getNothing", 404)]
)
async def test_a_bad_path_is_refused(http, path, code):
    assert (await http.get(path)).json()["error_code"] == code
