"""What happens in each round, drawn from the seed."""

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.faults import Fault


class Moment(StrEnum):
    """When the server is killed."""

    UNDER_LOAD = "under load"  # 0 to 1.5 s after the clients began
    FIRST_ANSWERS = "first answers"  # as soon as the first events were acknowledged
    STARTING = "while starting"  # before or soon after it is ready, without clients
    TWICE = "twice"  # under load, and again while it starts


_MOMENTS = {
    Moment.UNDER_LOAD: 60,
    Moment.FIRST_ANSWERS: 20,
    Moment.STARTING: 8,
    Moment.TWICE: 12,
}
_LOAD_MAX = 1.5  # seconds from the first request to the kill
_START_MAX = 2.5  # seconds from the start of a process to its kill
_FIRST_MAX = 5  # answers
_BURSTS = 0.25  # this part of the rounds has clients that do not pause
_BURST_POSTS = 12  # posts of each connection then: more would take rounds to deliver
_PAUSE = 0.08  # seconds between two posts of a connection, on average
_FAULTY = 0.5  # each channel has troubles in this part of the rounds

_RETRY_AFTER, _SLOW = 1.0, 0.2  # seconds
_MODES = ("server_error", "rate_limit", "slow", "reset", "timeout")
# The message is refused for good and its destination stays good, so that some deliveries fail.
_REFUSALS = {Channel.TELEGRAM: "code:message is too long", Channel.EMAIL: "code:552"}


@dataclass(frozen=True, slots=True)
class Trouble:
    """A channel fails `times` times."""

    channel: Channel
    fault: Fault
    times: int


@dataclass(frozen=True, slots=True)
class Plan:
    """One round. `after` and `again_after` are seconds, `answers` is for FIRST_ANSWERS alone.

    Each connection posts at most `posts` times with `pause` seconds between.
    """

    moment: Moment
    after: float
    again_after: float
    answers: int
    posts: int
    pause: float
    troubles: tuple[Trouble, ...]


def plan_round(seed: int, number: int) -> Plan:
    """Return the plan of a round: the same for the same seed and number."""
    chance = chance_of(seed, number)
    moment = chance.choices(list(_MOMENTS), list(_MOMENTS.values()))[0]
    burst = chance.random() < _BURSTS
    return Plan(
        moment=moment,
        after=chance.uniform(0, _START_MAX if moment is Moment.STARTING else _LOAD_MAX),
        again_after=chance.uniform(0, _START_MAX),
        answers=chance.randint(1, _FIRST_MAX),
        posts=_BURST_POSTS if burst else 1_000,
        pause=0 if burst else _PAUSE,
        troubles=tuple(_trouble(c, chance) for c in Channel if chance.random() < _FAULTY),
    )


def chance_of(seed: int, *parts: int) -> Random:
    """Return a source of chance for one part of the run."""
    return Random(f"{seed} {parts}")  # noqa: S311  # no secret


def _trouble(channel: Channel, chance: Random) -> Trouble:
    modes = [*_MODES, _REFUSALS[channel]] if channel in _REFUSALS else list(_MODES)
    mode = chance.choice(modes)
    # A request that is held lasts until the kill; few of them leave the others their connections.
    times = chance.randint(1, 2 if mode == "timeout" else 4)
    return Trouble(channel, Fault(mode, retry_after=_RETRY_AFTER, seconds=_SLOW), times)
