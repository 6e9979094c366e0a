"""How fast somebody may go: a burst at once, then so many a second, and a wait that is bearable.

The generic cell rate algorithm: all that is kept of somebody is when their burst is whole again.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_KEPT_MAX = 10_000


class Pace:
    """Lets each key act `burst` times at once and `per_second` times a second after that.

    Who is faster waits, at most `patience` seconds. In memory, one process.
    """

    def __init__(
        self,
        per_second: float,
        burst: int,
        patience: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._between = 1 / per_second
        self._ahead = (burst - 1) * self._between + 1e-9
        self._patience = patience
        self._clock = clock
        self._whole: OrderedDict[Hashable, float] = OrderedDict()

    def wait(self, key: Hashable) -> float | None:
        """Count an act and return the seconds until its turn; None, uncounted: too many."""
        now = self._clock()
        whole = max(self._whole.pop(key, now), now)
        wait = max(0.0, whole - now - self._ahead)
        refused = wait > self._patience
        self._whole[key] = whole if refused else whole + self._between
        if len(self._whole) > _KEPT_MAX:
            self._whole.popitem(last=False)
        return None if refused else wait
