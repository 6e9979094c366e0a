"""One provider as the worker sees it: how much it takes at once, how fast, and whether at all."""

import asyncio
from enum import Enum, auto

from pingpilot_app.delivery.breaker import Breaker
from pingpilot_app.delivery.pace import Pace
from pingpilot_app.delivery.policy import Policy
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.sender import Receipt, Scope, SendError

# What says nothing good about the provider as a whole; after any other refusal it is alive.
_FAILING = frozenset(
    {Failure.UNREACHABLE, Failure.NO_ANSWER, Failure.PROVIDER_ERROR, Failure.NOT_ITS_API}
)
# What says nothing about it at all.
_OURS = frozenset({Failure.STOPPED, Failure.OUR_FAULT, Failure.NOT_CONFIGURED})


class Gate(Enum):
    """What may go to a provider now."""

    OPEN = auto()  # everything
    PROBE = auto()  # one message, to see whether it works again
    SHUT = auto()  # nothing


class Provider:
    """Concurrency, pace and breaker of one provider. Times are of the event loop's clock."""

    def __init__(self, channel: Channel, policy: Policy) -> None:
        own = policy.channels[channel]
        self.channel = channel
        self.room = asyncio.Semaphore(own.concurrency)
        self.breaker = Breaker(policy.provider_breaker)
        self.probe: str | None = None  # the delivery that tries whether it works again
        self._stop = policy.stop
        self._pace = Pace(own.rate)
        self._paused_until = 0.0

    def gate(self, now: float) -> Gate:
        """Tell what may go now."""
        if self.held(now) > 0:
            return Gate.SHUT
        if self.breaker.closed:
            return Gate.OPEN
        return Gate.SHUT if self.probe else Gate.PROBE

    def lets(self, delivery_id: str, now: float) -> bool:
        """Tell whether this delivery may go now."""
        if self.probe == delivery_id:
            return self.held(now) == 0
        return self.gate(now) is Gate.OPEN

    def probed(self, delivery_id: str) -> None:
        """Note that this delivery is done with: if it was the probe, another may be."""
        if self.probe == delivery_id:
            self.probe = None

    def held(self, now: float) -> float:
        """Return the seconds for which nothing goes."""
        return max(self._paused_until - now, self.breaker.wait(now), 0.0)

    def turn(self, now: float) -> float:
        """Book the next message's turn and return the seconds until it comes."""
        return self._pace.take(now)

    def works(self) -> None:
        """Hold nothing back: a message arrived."""
        self._paused_until = 0.0
        self.breaker.succeeded()

    def learn(self, result: Receipt | SendError, now: float) -> bool:
        """Draw the conclusions from an attempt; True where the provider is shut with it."""
        if isinstance(result, SendError):
            if result.failure in _OURS:
                return False
            if result.scope is Scope.PROVIDER:
                return self._shut(result, now)
            if result.failure in _FAILING:
                return self.breaker.failed(now)
        self.breaker.succeeded()
        return False

    def _shut(self, error: SendError, now: float) -> bool:
        if error.retry_after is None:
            return self.breaker.stop(now, self._stop)
        self._paused_until = max(self._paused_until, now + error.retry_after)
        return True
