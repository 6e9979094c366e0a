"""Months are UTC."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pingpilot_app.domain.quota import month_of, reset_date, seconds_to_reset

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
