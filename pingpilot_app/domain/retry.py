"""When a failed attempt is tried again."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Seconds to wait after the first, second, … failed attempt."""

    waits: tuple[float, ...]

    def after(self, attempts: int, retry_after: float | None = None) -> timedelta | None:
        """Return how long to wait after `attempts` failed ones, None to give up.

        The wait is never shorter than what the provider asked for (`retry_after`, seconds).
        """
        if attempts > len(self.waits):
            return None
        return timedelta(seconds=max(self.waits[attempts - 1], retry_after or 0))


DEFAULT_SCHEDULE = RetrySchedule(waits=(5, 5))
