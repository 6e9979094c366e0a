"""Months are UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pingpilot_app.domain.quota import (
    Forecast,
    forecast,
    month_of,
    reset_date,
    seconds_to_reset,
    tells,
)

TOKYO = timezone(timedelta(hours=9))


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


@pytest.mark.parametrize(
    ("now", "used", "limit", "expected"),
    [
        ("2026-03-01T12:00", 40, 100, Forecast(None, 0, None)),
        ("2026-04-16T00:00", 40, 100, Forecast(80, 0, None)),
        ("2026-04-16T00:00", 40, None, Forecast(80, 0, None)),
        ("2026-04-16T00:00", 0, 100, Forecast(0, 0, None)),
    ],
)
def test_a_month_ends_as_it_began(
    now: str, used: int, limit: int | None, expected: Forecast
) -> None:
    assert forecast(used, limit, datetime.fromisoformat(now).replace(tzinfo=UTC)) == expected


def test_a_limit_that_is_too_low_is_reached_before_the_month_ends() -> None:
    found = forecast(80, 120, datetime(2026, 4, 16, tzinfo=UTC))

    assert found == Forecast(160, 40, datetime(2026, 4, 23, 12, tzinfo=UTC))


def test_a_limit_that_is_used_up_is_reached_now() -> None:
    now = datetime(2026, 4, 16, tzinfo=UTC)

    assert forecast(100, 100, now).reached_at == now
