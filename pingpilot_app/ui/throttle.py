"""Slows down who guesses passwords, and who has too many mails sent."""

import time
from collections import OrderedDict
from collections.abc import Callable

FREE = 5  # failures without any wait
WAIT_MAX = 900.0  # seconds
_KEPT_MAX = 10_000


class Throttle:
    """Counts failures for each key, such as address and email. In memory, one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait(self, key: tuple[str, str]) -> float:
        """Return how many seconds are left before the next try, 0 for none."""
        failures, since = self._failures.get(key, (0, 0.0))
        if failures < FREE:
            return 0.0
        pause = min(2.0 ** (failures - FREE), WAIT_MAX)
        return max(0.0, since + pause - self._clock())

    def failed(self, key: tuple[str, str]) -> None:
        """Note a failure."""
        failures, _ = self._failures.pop(key, (0, 0.0))
        self._failures[key] = (failures + 1, self._clock())
        if len(self._failures) > _KEPT_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, key: tuple[str, str]) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)


class Allowance:
    """Lets `count` acts happen for each key within `seconds`. In memory, one process."""

    def __init__(
        self, count: int, seconds: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._count = count
        self._seconds = seconds
        self._clock = clock
        self._acts: OrderedDict[str, list[float]] = OrderedDict()

    def take(self, key: str) -> bool:
        """Note an act; False, and nothing noted, where there were too many lately."""
        now = self._clock()
        acts = [at for at in self._acts.pop(key, []) if at > now - self._seconds]
        allowed = len(acts) < self._count
        self._acts[key] = [*acts, now] if allowed else acts
        if len(self._acts) > _KEPT_MAX:
            self._acts.popitem(last=False)
        return allowed
