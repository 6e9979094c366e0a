"""How fast messages may leave."""


class Pace:
    """A token bucket: `rate` messages a second, at most `burst` of them at once.

    Times are seconds of a clock that never steps back.
    """

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._rate = rate
        self._burst = burst
        self._tokens = burst
        self._at: float | None = None

    def wait(self, now: float) -> float:
        """Return the seconds until the next message may leave."""
        return max(0.0, (1 - self._filled(now)) / self._rate)

    def take(self, now: float) -> float:
        """Book the next message's turn and return the seconds until it comes."""
        filled = self._filled(now)
        self._tokens, self._at = filled - 1, now
        return max(0.0, (1 - filled) / self._rate)

    def _filled(self, now: float) -> float:
        if self._at is None:
            return self._burst
        return min(self._burst, self._tokens + (now - self._at) * self._rate)
