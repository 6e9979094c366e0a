"""How many requests at once are let in: token buckets."""

import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from pingpilot_app.domain.errors import LimitReached
from pingpilot_app.domain.plan import Limits
from pingpilot_app.domain.rate_limit import RateLimit

BURST = "burst"  # the limit's name in the RateLimit headers

_KEPT_MAX = 50_000  # buckets, about 10 MB


class Buckets:
    """Buckets by name. Where there are too many, those go that nobody used for the longest.

    `clock` returns seconds and never steps back.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, kept_max: int = _KEPT_MAX
    ) -> None:
        self._clock = clock
        self._kept_max = kept_max
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def take(self, name: str, burst: int, rate: float) -> int:
        """Take a token; return 0, or the seconds to wait where there is none.

        A bucket holds `burst` tokens at the most and gets `rate` a second.
        """
        now = self._clock()
        found = self._buckets.get(name)
        tokens = burst if found is None else min(burst, found[0] + (now - found[1]) * rate)
        self._buckets[name] = (tokens - 1 if tokens >= 1 else tokens, now)
        self._buckets.move_to_end(name)  # also where it is empty: whoever knocks is not forgotten
        if tokens < 1:
            return ceil((1 - tokens) / rate)
        if len(self._buckets) > self._kept_max:
            self._buckets.popitem(last=False)
        return 0

    def left(self, name: str, burst: int, rate: float) -> float:
        """Return how many tokens there are."""
        now = self._clock()
        tokens, at = self._buckets.get(name, (burst, now))
        return min(burst, tokens + (now - at) * rate)


class Bursts:
    """What one process lets in of each key, of an account from one address, and of strangers.

    `burst` and `rate` are the operator's limits for one address; 0 is no limit.
    """

    def __init__(
        self, burst: int = 0, rate: float = 1.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._rate = rate
        self._keys = Buckets(clock)
        self._addresses = Buckets(clock)

    def take(self, key_id: str, limits: Limits) -> None:
        """Let a request with this key in. Raises LimitReached."""
        if limits.burst is None:
            return
        wait = self._keys.take(key_id, limits.burst, limits.rate)
        if wait:
            raise _too_many("for this key", "your plan", wait, (limits.burst, limits.rate))

    def take_from(self, address: str, account_id: str, limits: Limits) -> None:
        """Let an account's request from this address in, however many keys it has.

        A plan that allows more than the operator's limit is kept. Nobody else at the address is
        counted: a stranger behind the same router can use up nothing of this account's.
        Raises LimitReached.
        """
        if self._burst and limits.burst is not None:
            burst, rate = max(self._burst, limits.burst), max(self._rate, limits.rate)
            wait = self._addresses.take(f"{account_id} {address}", burst, rate)
            if wait:
                raise _too_many("from your address", "this server", wait, (burst, rate))

    def take_as_stranger(self, address: str) -> None:
        """Let a request without a key in. Raises LimitReached."""
        if self._burst:
            wait = self._addresses.take(address, self._burst, self._rate)
            if wait:
                raise _too_many("from your address", "this server", wait, (self._burst, self._rate))

    def left(self, key_id: str, limits: Limits) -> RateLimit | None:
        """Return what the key may send at once now, None where there is no limit."""
        if limits.burst is None:
            return None
        tokens = self._keys.left(key_id, limits.burst, limits.rate)
        more = ceil((1 - tokens % 1) / limits.rate)
        window = window_of(limits.burst, limits.rate)
        return RateLimit(BURST, limits.burst, window, int(tokens), more)


def window_of(burst: int, rate: float) -> int:
    """Return in how many seconds an empty bucket is full again."""
    return ceil(burst / rate)


def _too_many(where: str, who: str, wait: int, size: tuple[int, float]) -> LimitReached:
    return LimitReached(
        f"Too many requests at once {where}. Wait {wait} s; {who} refills {size[1]:g} a second.",
        wait,
        size[0],
        policy=BURST,
        window=window_of(*size),
    )
