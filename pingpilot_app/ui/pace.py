"""How fast somebody may go: a burst at once, then so many a second.

The generic cell rate algorithm: all that is kept of somebody is when their burst is whole again.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable

_KEPT_MAX = 10_000


class Pace:
    """Lets each key act `burst` times at once, and `per_second` times a second after that.

    In memory, one process.
    """

    def __init__(
        self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._between = 1 / per_second
        self._ahead = (burst - 1) * self._between + 1e-9
        self._clock = clock
        self._whole: OrderedDict[Hashable, float] = OrderedDict()

    def take(self, key: Hashable = None) -> bool:
        """Count an act; False, and nothing counted, where it comes too soon."""
        now = self._clock()
        whole = max(self._whole.pop(key, now), now)
        allowed = whole - now <= self._ahead
        self._whole[key] = whole + self._between if allowed else whole
        if len(self._whole) > _KEPT_MAX:
            self._whole.popitem(last=False)
        return allowed
