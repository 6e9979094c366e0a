"""Slows down who guesses passwords, and who has too many mails sent."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

FREE = 5  # failures without any wait, of one browser or client at one account
FREE_AT_ACCOUNT = 20  # the same, of all strangers together
FREE_OF_NETWORK = 50  # the same, of one network at all accounts: a company may be one
WAIT_MAX = 900.0  # seconds
FORGOTTEN = 86_400.0  # seconds without a failure, after which there was none
# Guesses at made-up accounts push out the count of a real one not faster than its wait ends:
# so many take the server longer than WAIT_MAX to check.
_KEPT_MAX = 65_000


class Throttle:
    """Counts failures for each key, such as address and email. In memory, one process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, free: int = FREE) -> None:
        self._clock = clock
        self._free = free
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()

    def wait(self, key: tuple[str, str]) -> float:
        """Return how many seconds are left before the next try, 0 for none."""
        failures, since = self._known(key)
        if failures < self._free:
            return 0.0
        pause = min(2.0 ** min(failures - self._free, 60), WAIT_MAX)
        return max(0.0, since + pause - self._clock())

    def failed(self, key: tuple[str, str]) -> None:
        """Note a failure."""
        failures, _ = self._known(key)
        self._failures.pop(key, None)
        self._failures[key] = (failures + 1, self._clock())
        if len(self._failures) > _KEPT_MAX:
            self._failures.popitem(last=False)

    def succeeded(self, key: tuple[str, str]) -> None:
        """Forget the failures."""
        self._failures.pop(key, None)

    def forgive(self, key: tuple[str, str]) -> None:
        """Forget the last failure, which was none."""
        failures, since = self._known(key)
        if failures > 1:
            self._failures[key] = (failures - 1, since)
        else:
            self._failures.pop(key, None)

    def _known(self, key: tuple[str, str]) -> tuple[int, float]:
        failures, since = self._failures.get(key, (0, 0.0))
        return (failures, since) if self._clock() - since < FORGOTTEN else (0, 0.0)


@dataclass(frozen=True, slots=True)
class Guess:
    """A password that is about to be checked.

    `network` is where it comes from, `account` whose it claims to be; `device` names the browser
    where that account's owner has signed in with it before, and is empty elsewhere.
    """

    network: str
    account: str
    device: str = ""


class Guesses:
    """Slows guessing down, by network and by account, and locks no owner out.

    Guesses at one account count together, wherever they come from. A browser that its owner has
    signed in with has a count of its own: strangers cannot make it wait.
    https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._networks = Throttle(clock, FREE_OF_NETWORK)
        self._accounts = Throttle(clock, FREE_AT_ACCOUNT)
        self._pairs = Throttle(clock)
        self._devices = Throttle(clock)

    def begin(self, guess: Guess) -> bool:
        """Count a guess before it is checked; False: it has to wait, and is not counted.

        Counted after it, a thousand at once would all be checked.
        """
        counts = self._counts(guess)
        if any(throttle.wait(key) > 0 for throttle, key in counts):
            return False
        for throttle, key in counts:
            throttle.failed(key)
        return True

    def right(self, guess: Guess) -> None:
        """Note that the guess was right: it is no guess, nor are those of this browser before."""
        *others, (throttle, key) = self._counts(guess)
        throttle.succeeded(key)
        for other, kept in others:
            other.forgive(kept)

    def unchecked(self, guess: Guess) -> None:
        """Note that the guess was not checked after all."""
        for throttle, key in self._counts(guess):
            throttle.forgive(key)

    def _counts(self, guess: Guess) -> list[tuple[Throttle, tuple[str, str]]]:
        """Return where the guess counts, what is the browser's own last."""
        if guess.device:
            return [(self._devices, (guess.device, guess.account))]
        return [
            (self._networks, (guess.network, "")),
            (self._accounts, ("", guess.account)),
            (self._pairs, (guess.network, guess.account)),
        ]


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
