"""Every error that PingPilot raises on purpose.

PingPilotError
├── Unauthorized          no valid API key or session
├── Forbidden             known caller, but this may not be done
│   └── NotConfigured     a channel is switched on that cannot be used yet
├── NotFound              nothing of that name in this account
├── Gone                  it was there, and is not kept any more
├── Invalid               the request breaks a rule; names the field
│   └── NotJson           the body is not JSON at all
├── Conflict              another request holds what this one needs
├── TooLarge              the body is larger than allowed
├── TooSlow               the body did not arrive in time
├── WrongType             the body is declared as something else than JSON
├── LimitReached          quota, burst or plan limit
└── Unavailable           we cannot accept now; nothing was stored

The message is the sentence that a user reads. `api/errors.py` turns each into a status.
"""

from dataclasses import dataclass


class PingPilotError(Exception):
    """Base of the tree. `message` says what happened and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Unauthorized(PingPilotError):
    """The caller did not show who they are."""


class Forbidden(PingPilotError):
    """The caller is known and may not do this."""


class NotConfigured(Forbidden):
    """A channel is switched on that has no usable destination."""


class NotFound(PingPilotError):
    """Nothing of that name exists in the caller's account."""


class Gone(PingPilotError):
    """What is asked for was kept for a while, and that is over."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One broken rule: `path` is the field as `fields.amount`, empty for the whole body."""

    path: str
    message: str


class Invalid(PingPilotError):
    """The request breaks one or more rules."""

    def __init__(self, message: str, problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.problems = problems


class NotJson(Invalid):
    """The body is not JSON."""


class Conflict(PingPilotError):
    """What is asked for collides with something that exists or is under way.

    `retry_after` is in seconds, None where waiting does not help.
    """

    def __init__(self, message: str, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooLarge(PingPilotError):
    """The body is larger than the limit."""


class TooSlow(PingPilotError):
    """The body did not arrive in time."""


class WrongType(PingPilotError):
    """The Content-Type is not JSON."""


class LimitReached(PingPilotError):
    """A limit was reached. `retry_after` is in seconds.

    `limit` is set where the answer carries RateLimit headers: so many by the limit called `policy`
    within `window` seconds, None for the month.
    """

    def __init__(
        self,
        message: str,
        retry_after: int,
        limit: int | None = None,
        *,
        policy: str = "month",
        window: int | None = None,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.limit = limit
        self.policy = policy
        self.window = window


class Unavailable(PingPilotError):
    """The event could not be stored now. `retry_after` is in seconds."""

    def __init__(self, message: str, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after
