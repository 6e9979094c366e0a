"""What the sandbox page makes of what arrived."""

from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message import Message, discord, telegram
from pingpilot_app.sandbox.inbox import Received
from pingpilot_app.ui.components.previews_of import as_chat_message, as_embed, as_mail

AT = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)
MESSAGE = Message("evt_1", "bug", "🐛", 0xFF6B6B, "a *star* & co", {"carts": 3}, AT, "http://x")


def received(channel: Channel, raw: dict[str, Any] | bytes) -> Received:
    return Received(channel, AT, "ada", raw, "1")


def test_an_embed_reads_as_discord_shows_it() -> None:
    embed = as_embed(received(Channel.DISCORD, {"embeds": [discord.render(MESSAGE)]}))

    assert (embed.title, embed.description, embed.color) == ("🐛 Bug", "a *star* & co", "#ff6b6b")
    assert [(pair.name, pair.value) for pair in embed.fields] == [("carts", "3")]


def test_a_message_without_embed_shows_its_text() -> None:
    assert as_embed(received(Channel.DISCORD, {"content": "hello"})).text == "hello"


def test_a_chat_message_keeps_its_lines() -> None:
    shown = as_chat_message(received(Channel.TELEGRAM, {"text": telegram.render(MESSAGE)}))

    assert "\n🔹 carts: 3" in shown.text


def test_a_mail_shows_who_wrote_what() -> None:
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "PingPilot <p@example.org>", "PingPilot Alert"
    mail.set_content("plain")
    mail.add_alternative("<b>rich</b>", subtype="html")

    shown = as_mail(received(Channel.EMAIL, mail.as_bytes()))

    assert (shown.sender, shown.subject) == ("PingPilot <p@example.org>", "PingPilot Alert")
    assert (shown.text.strip(), shown.html.strip()) == ("plain", "<b>rich</b>")
