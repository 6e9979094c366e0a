"""Telegram's text is cut where its limit is: at 4,096 UTF-16 units."""

from datetime import UTC, datetime

from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.telegram import render, utf16_length


def made(description="x", fields=None):
    moment = datetime(2026, 3, 6, tzinfo=UTC)
    return Message("e", "bug", "🐛", 0, description, fields or {}, moment, "https://x.example")


def test_what_just_fits_is_not_cut():
    room = 4_096 - utf16_length(render(made("")))
    assert utf16_length(render(made("x" * room))) == 4_096
    assert "…" in render(made("x" * (room + 1)))


def test_emoji_count_twice():
    assert utf16_length(render(made("🤔" * 3_000))) <= 4_096


def test_fields_that_find_no_room_are_counted():
    text = render(made(fields={f"k{number}": "v" * 300 for number in range(50)}))
    assert text.endswith(f"… +{50 - text.count('🔹')} more fields")
    assert 5 < text.count("🔹") < 50
