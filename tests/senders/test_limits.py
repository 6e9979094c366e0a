"""Whatever the API lets in, the providers take: cut visibly, never refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.discord import render as discord_embed
from pingpilot_app.domain.message.discord import render_plain
from pingpilot_app.domain.message.telegram import render as telegram_text
from pingpilot_app.sandbox.discord_rules import findings
from pingpilot_app.senders.mail import build_mail

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")
NASTY = st.sampled_from(
    ["\\", "_", "*", "`", "@everyone", "<@1>", "🤔", "\u200b", " ", "\n> ", "… "]
)
TEXT = st.text(LETTERS) | st.lists(NASTY, max_size=60).map("".join)


def long(limit: int) -> st.SearchStrategy[str]:
    """Texts of up to `limit` characters, often of nearly that many."""
    return st.builds(lambda text, times: (text * times)[:limit], TEXT, st.integers(1, limit))


VALUES = long(8_000) | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False) | st.booleans()
MESSAGES = st.builds(
    Message,
    event_id=st.just("evt_1"),
    category=st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True),
    emoji=st.sampled_from([None, "🐛", "👨‍👩‍👧‍👦"]),
    color=st.integers(0, 0xFFFFFF),
    description=long(4_000),
    fields=st.dictionaries(long(256).filter(bool), VALUES, max_size=100),
    created_at=st.just(datetime(2026, 3, 6, 10, 30, tzinfo=UTC)),
    url=st.just("https://pings.example.org/events/evt_1"),
)


@settings(deadline=None)
@given(MESSAGES)
def test_discord_takes_every_embed(message):
    assert findings({"embeds": [discord_embed(message)]}) == []


@settings(deadline=None)
@given(MESSAGES)
def test_discord_takes_every_plain_text(message):
    assert findings({"content": render_plain(message)}) == []
    assert render_plain(message).strip()


@settings(deadline=None)
@given(MESSAGES)
def test_telegram_takes_every_text(message):
    text = telegram_text(message)
    assert 0 < len(text.encode("utf-16-le")) // 2 <= 4_096


@settings(deadline=None)
@given(MESSAGES)
def test_no_mail_has_a_line_that_servers_refuse(message):
    mail = build_mail(message, ("Ping", "a@x.example"), "b@x.example", "n", "https://x.example/")
    lines = mail.as_bytes().split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert mail.as_bytes().isascii()


@pytest.fixture
def huge(message):
    """Return the largest message that the API lets in."""
    fields = {f"{number:03}" + "🤔" * 253: "*" * 8_000 for number in range(100)}
    return message(description="_" * 4_000, fields=fields, category="x" * 64)


async def test_the_largest_message_arrives_everywhere(
    discord, telegram, email, sandbox, huge, person, chat, mailbox
):
    await discord.send(huge, person, "n-1")
    await telegram.send(huge, chat, "n-1")
    await email.send(huge, mailbox, "n-1")
    assert sandbox.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}


async def test_what_is_left_out_is_named(discord, telegram, sandbox, huge, person, chat):
    await discord.send(huge, person, "n-1")
    await telegram.send(huge, chat, "n-1")
    (embed,) = sandbox.inbox.received(Channel.DISCORD)[0].payload["embeds"]
    shown = len(embed["fields"])
    assert embed["footer"] == {"text": f"… +{100 - shown} more fields"}
    text = sandbox.inbox.received(Channel.TELEGRAM)[0].payload["text"]
    assert text.endswith(f"… +{100 - text.count('🔹')} more fields")


async def test_mail_is_never_cut(email, sandbox, huge, mailbox):
    await email.send(huge, mailbox, "n-1")
    mail = sandbox.inbox.received(Channel.EMAIL)[0].payload
    assert mail["html"].count("</th>") == 100
    assert mail["text"].count("*" * 8_000) == 100
