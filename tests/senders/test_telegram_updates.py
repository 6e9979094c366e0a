"""Reading what people write to the bot."""

import asyncio

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.senders.sender import SendError
from pingpilot_app.senders.telegram_updates import TelegramUpdates, Update


async def test_pressing_start_is_read(updates, sandbox):
    chat_id = sandbox.telegram.press_start("@Ada", "tok-1")
    (update,) = await updates.get_updates(0, 0)
    assert update == Update(1, chat_id, "private", "Ada", "/start tok-1")


async def test_a_poll_wakes_when_something_comes(updates, sandbox):
    poll = asyncio.create_task(updates.get_updates(0, 20))
    sandbox.telegram.press_start("ada", "tok-1")
    assert [update.text for update in await poll] == ["/start tok-1"]


async def test_an_offset_confirms_what_came_before(updates, sandbox):
    sandbox.telegram.press_start("ada", "one")
    sandbox.telegram.press_start("ada", "two")
    (update,) = await updates.get_updates(2, 0)
    assert update.text == "/start two"
    assert [kept.update_id for kept in await updates.get_updates(0, 0)] == [2]


async def test_unknown_kinds_pass_by(updates, sandbox):
    sandbox.telegram.push_update({"poll_answer": {"anything": [1]}})
    sandbox.telegram.push_update({"message": {"chat": None, "from": 5, "text": ["x"]}})
    assert await updates.get_updates(0, 0) == [Update(1), Update(2)]


async def test_an_answer_reaches_the_chat(updates, sandbox):
    await updates.send_text(7, "Linked.")
    assert sandbox.inbox.received(Channel.TELEGRAM)[0].to == "7"


async def test_the_bot_knows_its_name(updates):
    assert await updates.bot_username() == "pingpilot_sandbox_bot"


@pytest.mark.parametrize("result", ["5", "{}", "null"])
async def test_updates_of_another_shape_are_a_failure(telegram_settings, result):
    body = f'{{"ok": true, "result": {result}}}'
    answer = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    updates = TelegramUpdates(telegram_settings, httpx.AsyncClient(transport=answer))
    with pytest.raises(SendError):
        await updates.get_updates(0, 0)


async def test_entries_that_are_no_updates_are_left_out(telegram_settings):
    body = '{"ok": true, "result": [5, {}, {"update_id": "x"}, {"update_id": 9}]}'
    answer = httpx.MockTransport(lambda request: httpx.Response(200, content=body))
    updates = TelegramUpdates(telegram_settings, httpx.AsyncClient(transport=answer))
    assert await updates.get_updates(0, 0) == [Update(9)]
