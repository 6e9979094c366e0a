"""How fast messages may leave."""

import pytest

from pingpilot_app.delivery.pace import Pace


def departures(pace: Pace, count: int, now: float = 0.0) -> list[float]:
    """Return when messages leave that all want to at `now`."""
    return [now + pace.take(now) for _ in range(count)]


def test_one_a_second_leaves_one_a_second():
    assert departures(Pace(1), 4) == pytest.approx([0, 1, 2, 3])


def test_thirty_a_second_never_leave_faster():
    times = departures(Pace(30), 90)
    assert max(sum(start <= time < start + 1 for time in times) for start in times) <= 31


def test_after_a_pause_there_is_no_burst():
    pace = Pace(1)
    departures(pace, 1)
    assert departures(pace, 3, now=100) == pytest.approx([100, 101, 102])


def test_the_wait_is_told_without_booking_a_turn():
    pace = Pace(2)
    pace.take(0)
    assert pace.wait(0) == pytest.approx(0.5)
    assert pace.wait(0) == pytest.approx(0.5)
    assert pace.wait(0.5) == pytest.approx(0)
