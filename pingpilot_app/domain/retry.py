"""When a failed attempt is tried again."""

import re
from dataclasses import dataclass
from datetime import timedelta

from pingpilot_app.domain.duration import parse_duration

JITTER = 0.1  # at most this part of a wait is added, so that not everything returns at once
ATTEMPTS_MAX = 100
WAIT_MAX = 7 * 86_400.0  # seconds

_REPEATED = re.compile(r"(?:(\d{1,3})x)?(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class RetrySchedule:
    """Seconds to wait after the first, second, … failed attempt; after the last it is given up."""

    waits: tuple[float, ...]

    @property
    def attempts(self) -> int:
        """Return how many attempts there are, the first included."""
        return len(self.waits) + 1

    @property
    def span(self) -> timedelta:
        """Return the time from the first attempt to the last, without jitter."""
        return timedelta(seconds=sum(self.waits))

    def after(
        self, attempts: int, *, jitter: float, retry_after: float | None = None
    ) -> timedelta | None:
        """Return how long to wait after `attempts` failed ones, None to give up.

        `jitter` is from 0 to 1. The wait is never shorter than what the provider asked for
        (`retry_after`, seconds).
        """
        if attempts > len(self.waits):
            return None
        wait = self.waits[attempts - 1] * (1 + JITTER * jitter)
        return timedelta(seconds=max(wait, retry_after or 0))


def parse_schedule(text: str) -> RetrySchedule:
    """Read waits such as `5s 30s 2m 4x24h`. Raises ValueError with a sentence."""
    waits: list[float] = []
    for word in text.replace(",", " ").split():
        times, wait = _REPEATED.fullmatch(word).groups()  # type: ignore[union-attr]  # matches all
        waits += [parse_duration(wait)] * int(times or 1)
    if not waits:
        raise ValueError("there has to be at least one wait, as in 5s 30s 2m")
    if len(waits) >= ATTEMPTS_MAX:
        raise ValueError(f"there can be at most {ATTEMPTS_MAX} attempts")
    if any(wait > WAIT_MAX for wait in waits):
        raise ValueError("a wait can be at most 7 days")
    return RetrySchedule(tuple(waits))


# 16 attempts over 5.8 days (docs/reliability.md).
DEFAULT_SCHEDULE = parse_schedule("5s 30s 2m 10m 30m 1h 2h 4h 8h 12h 16h 4x24h")
