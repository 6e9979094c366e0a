"""The parts of a message that all channels share."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.message import cut, iso_milliseconds, more_fields, value_text


@pytest.mark.parametrize(
    ("category", "emoji", "title"),
    [("bug", "🐛", "🐛 Bug"), ("user-signup", None, "🔔 User-signup"), ("7up", "", "🔔 7up")],
)
def test_the_title_begins_with_a_capital(category, emoji, title):
    made = Message("evt_1", category, emoji, 0, "x", {}, datetime.now(UTC), "https://x.example")
    assert made.title == title


def test_times_are_utc_with_milliseconds():
    zone = timezone(timedelta(hours=2))
    moment = datetime(2026, 3, 6, 12, 30, 0, 999_999, tzinfo=zone)
    assert iso_milliseconds(moment) == "2026-03-06T10:30:00.999Z"


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (99.99, "99.99"), (3, "3"), (0, "0"), ("3", "3"), ("", "")],
)
def test_values_print_as_json_does(value, text):
    assert value_text(value) == text


@pytest.mark.parametrize(("limit", "text"), [(5, "abcde"), (4, "abc…"), (1, "…")])
def test_what_is_too_long_is_cut_visibly(limit, text):
    assert cut("abcde", limit) == text


def test_left_out_fields_are_counted():
    assert (more_fields(1), more_fields(7)) == ("… +1 more field", "… +7 more fields")
