"""What time it is, as an argument that a test can set, and whether it was set back."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]

_STEP = timedelta(seconds=2)  # less is a clock being adjusted


def system_clock() -> datetime:
    """Return the time of this machine, aware and in UTC."""
    return datetime.now(UTC)


class StepBack:
    """Notices that `clock` went back, by a `monotonic` one (seconds) that never does."""

    def __init__(self, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._last = clock(), monotonic()

    def look(self) -> timedelta:
        """Return how far the clock was set back since the last look, zero where it was not."""
        before, at = self._last
        self._last = self._clock(), self._monotonic()
        expected = before + timedelta(seconds=self._last[1] - at)
        step = expected - self._last[0]
        return step if step > _STEP else timedelta(0)
