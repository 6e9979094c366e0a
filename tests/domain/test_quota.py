"""Months are UTC; a forecast says no more than it knows."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pingpilot_app.domain.quota import (
    Forecast,
    forecast,
    forecast_text,
    month_of,
    months_until,
    reset_date,
    seconds_to_reset,
    tells,
)

TOKYO = timezone(timedelta(hours=9))
PACE = "At this pace about"


@pytest.mark.parametrize(
    ("now", "month", "reset"),
    [
        (datetime(2026, 3, 6, tzinfo=UTC), "2026-03", datetime(2026, 4, 1, tzinfo=UTC)),
        (
            datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC),
            "2026-12",
            datetime(2027, 1, 1, tzinfo=UTC),
        ),
        (datetime(2026, 3, 1, 8, 0, tzinfo=TOKYO), "2026-02", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_the_month_and_its_end(now, month, reset):
    assert (month_of(now), reset_date(now)) == (month, reset)


def test_there_is_always_a_second_to_wait():
    assert seconds_to_reset(datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC)) == 1


@pytest.mark.parametrize(
    ("limit", "told_at"), [(100, [80, 100]), (1, [1]), (3, [3]), (10, [8, 10]), (None, [])]
)
def test_the_owner_is_told_at_four_fifths_and_at_the_end(limit, told_at):
    assert [used for used in range(1, 200) if tells(used, limit)] == told_at


def test_the_last_months_go_over_the_end_of_a_year():
    assert months_until(datetime(2026, 2, 28, tzinfo=UTC), 4) == [
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
    ]


def november(day: int, hour: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("used", "limit", "now", "expected"),
    [
        # no usage
        (0, 1_000, november(16), Forecast(0)),
        (0, None, november(16), Forecast(0)),
        # the first day
        (0, 1_000, november(1), Forecast(None)),
        (90, 100, november(1, 23), Forecast(None)),
        (90, None, november(1, 23), Forecast(None)),
        (1, 1_000, november(2), Forecast(30)),
        # no limit
        (620, None, november(16), Forecast(1_240)),
        # below, and just at the limit by the end
        (310, 1_000, november(16), Forecast(620)),
        (500, 1_000, november(16), Forecast(1_000)),
        # over
        (620, 1_000, november(16), Forecast(1_240, 240, november(25, 4) + timedelta(hours=0.4516))),
        (80, 100, november(16), Forecast(160, 60, november(19, 18))),
        # a hair over: the rounding does not hide it
        (501, 1_000, november(16), Forecast(1_000, 0, november(30, 22))),
        # exactly at the limit, and over it after a smaller plan
        (100, 100, november(1), Forecast(100, 0, november(1))),
        (247, 100, november(16), Forecast(247, 147, november(16))),
        # never below what is counted already
        (1_234, 10_000, november(30, 23), Forecast(1_240)),
        (1_234, None, datetime(2026, 11, 30, 23, 59, 59, tzinfo=UTC), Forecast(1_234)),
    ],
)
def test_where_the_month_leads(used, limit, now, expected):
    found = forecast(used, limit, now)

    assert (found.month_end, found.over_by) == (expected.month_end, expected.over_by)
    assert (found.reached_at is None) == (expected.reached_at is None)
    if found.reached_at and expected.reached_at:
        assert abs(found.reached_at - expected.reached_at) < timedelta(hours=1)


@pytest.mark.parametrize(
    ("used", "limit", "now", "text"),
    [
        (0, 100, november(1), "It is too early in the month to tell where it leads."),
        (0, 100, november(9), "There were no events this month, so there is no pace to go by."),
        (310, None, november(16), "At this pace about 620 by 1 December. There is no limit."),
        (310, 1_000, november(16), "At this pace about 620 by 1 December: 380 below the limit."),
        (500, 1_000, november(16), "At this pace about 1,000 by 1 December: just the limit."),
        (
            *(620, 1_000, november(16)),
            f"{PACE} 1,240 by 1 December: 240 over the limit, reached around 25 November.",
        ),
        (
            *(99, 100, november(16)),
            "At this pace about 200 by 1 December: 100 over the limit, reached within the day.",
        ),
        (
            *(501, 1_000, november(16)),
            f"{PACE} 1,000 by 1 December: just over the limit, reached around 30 November.",
        ),
        (
            *(100, 100, november(16)),
            "All 100 events of this month are used. More are refused until 1 December.",
        ),
        (
            *(247, 100, november(1)),
            "247 events are used, 147 over the plan. More are refused until 1 December.",
        ),
    ],
)
def test_the_forecast_in_words(used, limit, now, text):
    assert forecast_text(used, limit, now) == text
