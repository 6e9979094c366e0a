"""How many requests at once one key may send: a token bucket for each key."""

import time
from collections.abc import Callable
from math import ceil

from pingpilot_app.domain.errors import LimitReached
from pingpilot_app.domain.plan import Limits

_BUCKETS_MAX = 50_000


class Bursts:
    """The buckets of one process. `clock` returns seconds and never steps back."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, key_id: str, limits: Limits) -> None:
        """Take a token from the key's bucket. Raises LimitReached where it is empty."""
        if limits.burst is None:
            return
        now = self._clock()
        tokens, at = self._buckets.get(key_id, (limits.burst, now))
        tokens = min(limits.burst, tokens + (now - at) * limits.rate)
        if tokens < 1:
            wait = ceil((1 - tokens) / limits.rate)
            raise LimitReached(
                f"Too many requests at once for this key. Wait {wait} s; your plan refills "
                f"{limits.rate:g} a second.",
                wait,
            )
        if len(self._buckets) >= _BUCKETS_MAX:
            self._buckets.clear()
        self._buckets[key_id] = (tokens - 1, now)
