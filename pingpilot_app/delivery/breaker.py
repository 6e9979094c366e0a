"""Stops trying what does not work, and finds out by single tries when it works again.

Closed: everything goes. Open: nothing goes until a moment. Half-open: that moment has come; one
try goes, and its outcome closes the breaker or opens it for twice as long.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BreakerRule:
    """Opens after `failures` in a row, for `shortest` seconds at first and `longest` at most."""

    failures: int
    shortest: float
    longest: float


class Breaker:
    """The breaker of one provider or destination. `now` is in seconds of a clock that never steps.

    It keeps no clock of its own, so that it is the same in a test as in a month of outage.
    """

    def __init__(self, rule: BreakerRule) -> None:
        self._rule = rule
        self._failures = 0
        self._openings = 0
        self._until: float | None = None

    @property
    def closed(self) -> bool:
        """Tell whether everything goes."""
        return self._until is None

    def wait(self, now: float) -> float:
        """Return the seconds until something may be tried, 0 where it may be now."""
        return max(0.0, self._until - now) if self._until is not None else 0.0

    def succeeded(self) -> None:
        """Close: it works."""
        self._failures = self._openings = 0
        self._until = None

    def failed(self, now: float) -> bool:
        """Count a failure; True where the breaker opens with it, for the first time or again."""
        self._failures += 1
        half_open = self._until is not None and now >= self._until
        if half_open or (self.closed and self._failures >= self._rule.failures):
            self._open(now, self._rule.shortest)
            return True
        return False

    def stop(self, now: float, shortest: float) -> bool:
        """Open at once, for `shortest` seconds at first; True where it was not open already."""
        if self.wait(now) > 0:
            return False
        self._open(now, shortest)
        return True

    def try_now(self, now: float) -> None:
        """Let one try through at once: somebody says that it works again."""
        if self._until is not None:
            self._until = min(self._until, now)

    def _open(self, now: float, shortest: float) -> None:
        doubled = shortest * 2.0 ** min(self._openings, 20)
        self._openings += 1
        self._until = now + min(doubled, max(self._rule.longest, shortest))
