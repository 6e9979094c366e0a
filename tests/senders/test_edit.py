"""Messages that say something new later, through the sandbox."""

import asyncio

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message.message import Standing
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.sender import Destination, Editor, SendError

BUTTON = "claim:evt_0123456789abcdefghjkmnpqrs.0123456789abcdefghjkmnpqrs"
CHAT = Destination("dst_2", "4242")


@pytest.fixture
def with_buttons(discord_settings, client):
    """A sender whose Discord tells of presses."""
    return DiscordSender(discord_settings.model_copy(update={"takes_interactions": True}), client)


async def test_discord_shows_who_has_it_above_the_same_embed(
    with_buttons, sandbox, message, person
):
    receipt = await with_buttons.send(message(button=BUTTON), person, "n-1")
    before = sandbox.inbox.received(Channel.DISCORD)[0].payload
    where = Destination("dst_1", person.address, receipt.state)
    await with_buttons.edit(message(standing=Standing("Ann")), where, receipt.reference)
    (after,) = sandbox.inbox.received(Channel.DISCORD)

    assert before["components"][0]["components"][0]["custom_id"] == BUTTON
    assert after.payload["embeds"] == before["embeds"]
    assert (after.payload["content"], after.payload["components"]) == ("👤 Ann is on it", [])
    assert after.edited_at is not None


async def test_discord_without_a_public_key_shows_no_button(discord, sandbox, message, person):
    await discord.send(message(button=BUTTON), person, "n-1")
    assert "components" not in sandbox.inbox.received()[0].payload


async def test_where_discord_refuses_the_embed_it_is_edited_as_text(
    discord, sandbox, message, person
):
    receipt = await discord.send(message(), person, "n-1")
    sandbox.fail(Channel.DISCORD, "code:50035")
    await discord.edit(message(standing=Standing("Ann")), person, receipt.reference)
    payload = sandbox.inbox.received()[0].payload

    assert payload["content"].startswith("👤 Ann is on it\n🐛 Bug")
    assert payload["embeds"] == []


async def test_a_message_that_is_gone_is_permanent(discord, telegram, sandbox, message, person):
    first = await discord.send(message(), person, "n-1")
    second = await telegram.send(message(), CHAT, "n-1")
    sandbox.inbox.clear()
    for sender, where, receipt in ((discord, person, first), (telegram, CHAT, second)):
        with pytest.raises(SendError) as caught:
            await sender.edit(message(standing=Standing("Ann")), where, receipt.reference)
        assert caught.value.permanent


async def test_telegram_shows_who_has_it_and_the_button_goes(telegram, sandbox, message):
    receipt = await telegram.send(message(button=BUTTON), CHAT, "n-1")
    await telegram.edit(message(standing=Standing("Ann")), CHAT, receipt.reference)
    payload = sandbox.inbox.received(Channel.TELEGRAM)[0].payload

    assert payload["text"].endswith("\n\n👤 Ann is on it")
    assert payload["reply_markup"] == {"inline_keyboard": []}


async def test_what_says_it_already_is_well(telegram, sandbox, message):
    receipt = await telegram.send(message(), CHAT, "n-1")
    for _ in range(2):
        await telegram.edit(message(standing=Standing("Ann")), CHAT, receipt.reference)
    assert "👤 Ann" in sandbox.inbox.received(Channel.TELEGRAM)[0].payload["text"]


@pytest.mark.parametrize("channel", [Channel.DISCORD, Channel.TELEGRAM])
async def test_a_rate_limit_says_how_long(channel, discord, telegram, sandbox, message, person):
    sender, where = {Channel.DISCORD: (discord, person), Channel.TELEGRAM: (telegram, CHAT)}[
        channel
    ]
    receipt = await sender.send(message(), where, "n-1")
    sandbox.fail(channel, "rate_limit", retry_after=3)
    with pytest.raises(SendError) as caught:
        await sender.edit(message(), where, receipt.reference)
    assert (caught.value.retry_after, caught.value.permanent) == (3, False)


async def test_a_press_is_read_and_answered(telegram, updates, sandbox, message):
    receipt = await telegram.send(message(button=BUTTON), CHAT, "n-1")
    pressing = asyncio.create_task(sandbox.telegram.press(receipt.reference))
    (update,) = await updates.get_updates(0, 5)
    await updates.answer_press(update.press, "You are on it.")

    assert (update.pressed, update.chat_id, update.chat_type) == (BUTTON, 4242, "private")
    assert (update.text, update.first_name) == ("", "User 4242")
    assert await pressing == "You are on it."


def test_mails_are_not_edited(discord, telegram, email):
    assert [isinstance(one, Editor) for one in (discord, telegram, email)] == [True, True, False]
