"""What every sender is, gets, gives back and raises."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message import Message


class Scope(StrEnum):
    """How far a failure reaches."""

    MESSAGE = "message"  # this message to this destination
    DESTINATION = "destination"  # everything to this destination
    PROVIDER = "provider"  # everything through this provider


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a message goes.

    `address` is the Discord user id, the Telegram chat id or the email address. `state` is what
    the provider told us about it earlier, such as the Discord DM channel (`dm_channel_id`).
    """

    id: str
    address: str
    state: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the provider answered to a message it took.

    `reference` is the provider's own id of the message; `state` is set where the destination's
    state changed and has to be kept; `address` where the provider gave it a new address. `pause`
    is how long (seconds) the provider takes nothing more for this destination. `editable`: the
    message can be changed later, by its `reference`.
    """

    reference: str
    state: dict[str, str] | None = None
    address: str | None = None
    pause: float = 0.0
    editable: bool = False


@dataclass(frozen=True, slots=True)
class Identity:
    """Who PingPilot is to a provider that took its credentials.

    `name` is the bot's or the mail server's; `at` the provider's clock, where it tells.
    """

    name: str
    at: datetime | None = None


class SendError(Exception):
    """A message was not taken.

    `reason` is in the provider's words, free of secrets; `failure` is what they mean. `permanent`
    means that trying again is useless. `retry_after` (seconds) is what the provider asked for.
    `code` is its own code. `possibly_delivered` means that the connection broke after the message
    had gone out. `state` and `address` are set where the destination's changed before the failure.
    """

    def __init__(
        self,
        reason: str,
        *,
        failure: Failure,
        permanent: bool,
        retry_after: float | None = None,
        scope: Scope = Scope.MESSAGE,
        code: str | None = None,
        possibly_delivered: bool = False,
        state: dict[str, str] | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure
        self.permanent = permanent
        self.retry_after = retry_after
        self.scope = scope
        self.code = code
        self.possibly_delivered = possibly_delivered
        self.state = state
        self.address = address


class Sender(Protocol):
    """One channel. A new channel is a file with such a class and a row in `SENDERS`."""

    async def send(self, message: Message, destination: Destination, nonce: str) -> Receipt:
        """Deliver `message`. `nonce` is the same for every try of one delivery.

        Raises SendError.
        """
        ...

    async def check(self) -> Identity:
        """Prove the credentials without sending anything. Raises SendError."""
        ...

    async def close(self) -> None:
        """Close the connections."""
        ...


@runtime_checkable
class Editor(Protocol):
    """A sender whose messages can say something new later."""

    async def edit(self, message: Message, destination: Destination, reference: str) -> None:
        """Show `message` in the place of the one that was taken as `reference`. Raises SendError,
        permanent where there is no such message any more.
        """
        ...
