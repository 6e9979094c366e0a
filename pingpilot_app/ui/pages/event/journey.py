"""The way of an event by one channel: rounds of tries, where it stands, and why it waits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.failure import Failure, advise, explain
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.events import AttemptView, DeliveryView
from pingpilot_app.ui.rows import OutageRow, is_quoted, provider_name

# What delivery/attempt.py adds to the words of a try whose message had gone out.
POSSIBLY = " (possibly delivered: the message had gone out)"

SOON = timedelta(hours=18)  # within which a time of day alone is clear
QUEUED = timedelta(seconds=3)  # what is due for longer waits for others
UNFOLDED = 8  # tries that are shown at once; before them, earlier rounds and tries unfold

OUTCOMES = {
    Outcome.DELIVERED: "Delivered",
    Outcome.TRANSIENT: "Did not work",
    Outcome.PERMANENT: "Refused for good",
}


@dataclass(frozen=True)
class AttemptRow:
    """One try. `hint` explains it where nothing nearby does so already."""

    name: str
    at: str
    outcome: str
    label: str
    possibly: bool  # the message may have arrived nevertheless
    words: str
    quoted: bool  # the words are the provider's
    code: str
    hint: str
    ms: str


@dataclass(frozen=True)
class RoundRow:
    """The tries from one sending to its end.

    `folded`: an earlier one, shown when asked for; so are the `earlier` tries of a long one.
    """

    name: str
    end: str  # how its last try ended
    folded: bool
    earlier: list[AttemptRow]
    attempts: list[AttemptRow]


@dataclass(frozen=True)
class WaitRow:
    """When the next try is and why not before. `form` is how the time is written."""

    next_at: str = ""
    form: str = "time"
    why: str = ""
    outage: OutageRow = field(default_factory=OutageRow)


@dataclass(frozen=True)
class JourneyRow:
    """One channel. `step` is what can be done: retry, replay, again, mend or nothing."""

    channel: str
    label: str
    status: str
    summary: str
    at: str  # of the end, where it took more than one try
    hint: str
    words: str  # the provider's, where no try below has them
    trouble: str  # why this destination takes nothing, whichever event it is
    trouble_at: str
    step: str
    wait: WaitRow
    rounds: list[RoundRow] = field(default_factory=list)


def journey_row(
    delivery: DeliveryView,
    destination: DestinationView,
    outage: OutageRow,
    tries: int,
    now: datetime,
) -> JourneyRow:
    """Return the whole way by one channel; `tries` is how many the schedule has."""
    pending = delivery.status is DeliveryStatus.PENDING
    final = delivery.log[-1] if len(_current(delivery)) > 1 and not pending else None
    return JourneyRow(
        channel=delivery.channel.value,
        label=delivery.channel.label,
        status=delivery.status.value,
        summary=_summary(delivery, now),
        at=iso_milliseconds(delivery.delivered_at or final.at) if final else "",
        hint=_hint(delivery),
        words="" if _current(delivery) else delivery.error or "",
        trouble=_trouble(delivery, destination),
        trouble_at=iso_milliseconds(destination.broken_at) if destination.broken_at else "",
        step=_step(delivery, destination, outage, now),
        wait=_wait(delivery, outage, tries, now) if pending else WaitRow(),
        rounds=_rounds(delivery),
    )


# Where it stands


def _summary(delivery: DeliveryView, now: datetime) -> str:
    count = len(_current(delivery))
    if delivery.status is DeliveryStatus.DELIVERED:
        return f"{provider_name(delivery.channel)} took it {_at_which(count)}."
    if delivery.status is DeliveryStatus.PENDING:
        return _under_way(delivery, now)
    if count == 0:
        return "Given up without a try."
    if _current(delivery)[-1].outcome is Outcome.PERMANENT:
        return f"Refused for good {_at_which(count)}."
    return f"Given up after {count} {'try' if count == 1 else 'tries'}."


def _under_way(delivery: DeliveryView, now: datetime) -> str:
    if _waits(delivery, now):
        return "Waiting for the next try."
    due = delivery.next_attempt_at or now
    if delivery.attempts == 0 and due < now - QUEUED:
        return "Waiting for its turn: messages to one address leave one after another."
    return "On its way."


def _at_which(count: int) -> str:
    return "at the first try" if count <= 1 else f"at try {count}"


def _hint(delivery: DeliveryView) -> str:
    if not delivery.error:
        return ""
    return explain(delivery.failure, delivery.channel, delivery.status)


def _trouble(delivery: DeliveryView, destination: DestinationView) -> str:
    """Return why nothing goes to the destination; not where this event got there before."""
    if delivery.status is DeliveryStatus.DELIVERED or destination.obstacle is None:
        return ""
    name = delivery.channel.label
    return {
        Failure.BROKEN: f"Nothing goes to {name} until this is mended. Broken since",
        Failure.KEY_LOST: f"The address for {name} cannot be decrypted. It was verified",
        Failure.SWITCHED_OFF: f"{name} is switched off.",
        Failure.NOT_VERIFIED: f"The address for {name} is not verified.",
    }[destination.obstacle]


def _step(
    delivery: DeliveryView, destination: DestinationView, outage: OutageRow, now: datetime
) -> str:
    if not (destination.enabled and destination.ready):
        return "mend"  # nothing could be sent there
    if delivery.status is DeliveryStatus.PENDING:
        return "retry" if outage.since or _waits(delivery, now) else ""
    return "replay" if delivery.status is DeliveryStatus.FAILED else "again"


# Why it waits


def _waits(delivery: DeliveryView, now: datetime) -> bool:
    return delivery.next_attempt_at is not None and delivery.next_attempt_at > now


def _wait(delivery: DeliveryView, outage: OutageRow, tries: int, now: datetime) -> WaitRow:
    if not outage.since and not _waits(delivery, now):
        return WaitRow()
    due = iso_milliseconds(delivery.next_attempt_at or now)
    next_at = max(due, outage.retry_at)  # ISO 8601 in UTC sorts as time does
    soon = next_at < iso_milliseconds(now + SOON)
    return WaitRow(next_at, "time" if soon else "exact", _why(delivery, tries), outage)


def _why(delivery: DeliveryView, tries: int) -> str:
    if delivery.failure is Failure.RATE_LIMITED:
        return f"{provider_name(delivery.channel)} asked PingPilot to wait that long."
    if delivery.attempts == 0:
        return "Older messages to the same address go first."
    return f"It is try {delivery.attempts + 1} of {tries}."


# What was tried


def _current(delivery: DeliveryView) -> list[AttemptView]:
    """Return the tries of the round that the delivery is in."""
    if not delivery.log or _just_sent_again(delivery):
        return []
    last = delivery.log[-1].replay
    return [attempt for attempt in delivery.log if attempt.replay == last]


def _just_sent_again(delivery: DeliveryView) -> bool:
    """Tell whether a new round has begun that has no try yet: a replay forgets the last error."""
    pending = delivery.status is DeliveryStatus.PENDING
    return pending and not delivery.error and delivery.attempts == 0 and bool(delivery.log)


def _rounds(delivery: DeliveryView) -> list[RoundRow]:
    numbered = groupby(delivery.log, key=lambda attempt: attempt.replay)
    rounds = [list(attempts) for _, attempts in numbered]
    if _just_sent_again(delivery):
        rounds.append([])
    fold = len(delivery.log) > UNFOLDED
    explained = delivery.failure if _hint(delivery) else None
    now = len(rounds) - 1
    return [
        _round(attempts, n, delivery.channel, explained if n == now else None, fold and n != now)
        for n, attempts in enumerate(rounds)
    ]


def _round(
    attempts: Sequence[AttemptView],
    number: int,
    channel: Channel,
    explained: Failure | None,
    folded: bool,
) -> RoundRow:
    cut = 0 if folded else max(0, len(attempts) - UNFOLDED)
    rows = [
        _attempt(attempt, place + 1, channel, (explained, _before(attempts, place, cut)))
        for place, attempt in enumerate(attempts)
    ]
    name = "Sent first" if number == 0 else "Sent again"
    if number > 1:
        name += f", time {number}"
    end = rows[-1].label if rows else "Not tried yet"
    return RoundRow(name, end, folded, rows[:cut], rows[cut:])


def _before(attempts: Sequence[AttemptView], place: int, cut: int) -> Failure | None:
    """Return the failure that was explained just above; nothing is above the first and the cut."""
    return None if place in (0, cut) else attempts[place - 1].failure


def _attempt(
    attempt: AttemptView,
    place: int,
    channel: Channel,
    told: tuple[Failure | None, ...],
) -> AttemptRow:
    words, code = attempt.message or "", attempt.provider_code or ""
    known = attempt.failure is None or attempt.failure in told
    return AttemptRow(
        name=f"Try {place}",
        at=iso_milliseconds(attempt.at),
        outcome=attempt.outcome.value,
        label=OUTCOMES[attempt.outcome],
        possibly=words.endswith(POSSIBLY),
        words=words.removesuffix(POSSIBLY),
        quoted=attempt.outcome is not Outcome.DELIVERED and is_quoted(attempt.failure),
        code=code if code not in words else "",
        hint="" if known else _explained(attempt, channel),
        ms=f"{attempt.ms:,} ms",
    )


def _explained(attempt: AttemptView, channel: Channel) -> str:
    if attempt.outcome is Outcome.PERMANENT:
        return advise(attempt.failure or Failure.OUR_FAULT, channel)
    return explain(attempt.failure, channel, DeliveryStatus.PENDING)
