"""Who shows keys that do not work: each address waits longer from refusal to refusal."""

import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from math import ceil

from pingpilot_app.domain.errors import LimitReached

logger = logging.getLogger(__name__)

POLICY = "refused-keys"  # the limit's name in the RateLimit headers
WAIT_MAX = 60  # seconds
FORGOTTEN = 600  # seconds without a refusal after which an address begins anew

_KEPT_MAX = 50_000  # addresses, about 10 MB


class Refusals:
    """Counts refusals by address. `free` of them cost nothing; 0: none ever does.

    `clock` returns seconds and never steps back.
    """

    def __init__(
        self,
        free: int = 0,
        clock: Callable[[], float] = time.monotonic,
        kept_max: int = _KEPT_MAX,
    ) -> None:
        self._free = free
        self._clock = clock
        self._kept_max = kept_max
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counts)

    def wait(self, address: str) -> int:
        """Return how many seconds the address has to wait, 0 for none."""
        count, since = self._counts.get(address, (0, 0.0))
        if not self._free or count < self._free:
            return 0
        pause = min(1 << min(count - self._free, 16), WAIT_MAX)
        return max(0, ceil(since + pause - self._clock()))

    def note(self, address: str) -> None:
        """Count a refusal. Raises LimitReached instead where the address has to wait."""
        wait = self.wait(address)
        if wait:
            raise LimitReached(
                f"Too many requests without a valid key from your address. Wait {wait} s and check "
                "the key: a valid one is let in at once.",
                wait,
                self._free,
                policy=POLICY,
                window=FORGOTTEN,
            )
        now = self._clock()
        count, since = self._counts.pop(address, (0, now))
        count = 1 if now - since > FORGOTTEN else count + 1
        self._counts[address] = (count, now)
        if count == self._free:  # once, until it has kept quiet
            logger.warning("%s waits now: it made %d requests without a valid key", address, count)
        if len(self._counts) > self._kept_max:
            self._counts.popitem(last=False)
