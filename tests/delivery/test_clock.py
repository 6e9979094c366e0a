"""A clock that is set back."""

from datetime import UTC, datetime, timedelta

from pingpilot_app.delivery.clock import StepBack

START = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)


def looks(*moments: tuple[float, float]) -> list[timedelta]:
    """Return what is noticed at these (seconds of the wall clock, seconds that really passed)."""
    times = iter([(0.0, 0.0), *moments])
    now = [0.0, 0.0]

    def wall() -> datetime:
        now[:] = next(times)
        return START + timedelta(seconds=now[0])

    step_back = StepBack(wall, lambda: now[1])
    return [step_back.look() for _ in moments]


def test_a_clock_that_runs_is_no_step():
    assert looks((1, 1), (2, 2), (60, 60)) == [timedelta(0)] * 3


def test_an_hour_back_is_noticed_once():
    assert looks((1, 1), (-3599, 2), (-3598, 3)) == [
        timedelta(0),
        timedelta(seconds=3_601),
        timedelta(0),
    ]


def test_forward_steps_and_small_corrections_are_not_followed():
    assert looks((3600, 1), (3600.5, 2), (3601, 3)) == [timedelta(0)] * 3
