"""The promises, and what breaks them.

`promises_at_a_kill` hold at any moment, `promises_when_settled` once every delivery has ended.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, pairwise

from benchmarks.crash.accounts import Account
from benchmarks.crash.clients import Journal, Post
from benchmarks.crash.providers import Arrival, Arrivals
from benchmarks.crash.stored import Stored, StoredDelivery, StoredEvent
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, settled

# From the moment a provider takes a message until that is stored: attempts share commits.
UNRECORDED_MAX = 1.0  # seconds
_EXPECTED = {429}  # statuses besides 200 that a client may see: the month's quota is used up


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken promise, and the event or delivery that shows it."""

    promise: str
    detail: str

    def __str__(self) -> str:
        return f"{self.promise}: {self.detail}"


@dataclass(frozen=True, slots=True)
class Kill:
    """A `kill -9`: when (seconds of the monotonic clock), and which deliveries were leased."""

    at: float
    leased: set[str]

    def hit(self, delivery_id: str, arrival: Arrival) -> bool:
        """Tell whether it came before what the provider had answered could be stored."""
        return delivery_id in self.leased and self.at - arrival.at < UNRECORDED_MAX


@dataclass
class Evidence:
    """All that is known outside the server. `kills` has those servers that were killed."""

    accounts: list[Account]
    journal: Journal
    arrivals: Arrivals
    stored: Stored
    kills: dict[int, Kill] = field(default_factory=dict)


def promises_at_a_kill(evidence: Evidence) -> list[Violation]:
    """Check what must hold at any moment."""
    events, posts = evidence.stored.events(), evidence.journal.posts
    return [
        *(Violation("the database is whole", words) for words in evidence.stored.damage()),
        *_answers(posts),
        *_acknowledged(posts, events),
        *_one_event_a_post(events),
        *_quota(evidence, events),
    ]


def promises_when_settled(evidence: Evidence) -> list[Violation]:
    """Check what must hold once no delivery is on its way, and what must hold at any moment."""
    events, deliveries = evidence.stored.events(), evidence.stored.deliveries()
    arrived = _by_delivery(evidence.arrivals, events)
    return [
        *promises_at_a_kill(evidence),
        *_states(events, deliveries),
        *chain.from_iterable(_attempts(delivery) for delivery in deliveries),
        *_known(arrived, deliveries),
        *_arrived(arrived, deliveries, evidence.kills),
        *_repeated(arrived, deliveries, evidence.kills),
    ]


def _answers(posts: list[Post]) -> Iterator[Violation]:
    for post in posts:
        if len(post.event_ids) > 1:
            yield Violation("one Idempotency-Key, one event", f"{post.mark}: {post.event_ids}")
        if unexpected := post.refusals - _EXPECTED:
            yield Violation("events are taken", f"{post.mark} was answered {unexpected}")


def _acknowledged(posts: list[Post], events: list[StoredEvent]) -> Iterator[Violation]:
    marks = {event.id: event.mark for event in events}
    stored = set(marks.values())
    for post in posts:
        for event_id in post.event_ids:
            if marks.get(event_id) != post.mark:
                yield Violation("no acknowledged event is lost", f"{event_id} ({post.mark})")
        if post.refusals and post.mark in stored:
            yield Violation("what was refused is not stored", f"{post.mark}: {post.refusals}")


def _one_event_a_post(events: list[StoredEvent]) -> Iterator[Violation]:
    for mark, count in Counter(event.mark for event in events).items():
        if count > 1:
            yield Violation("one Idempotency-Key, one event", f"{mark} is stored {count} times")


def _quota(evidence: Evidence, events: list[StoredEvent]) -> Iterator[Violation]:
    usage = evidence.stored.usage()
    counted = Counter((event.account_id, event.month) for event in events)
    limits = {account.id: account.limit for account in evidence.accounts}
    for month in usage.keys() | counted.keys():
        used, count, limit = usage.get(month, 0), counted[month], limits[month[0]]
        if used != count:
            yield Violation("the quota is what is stored", f"{month}: {used}, {count} events")
        if limit is not None and count > limit:
            yield Violation("the quota is never exceeded", f"{month}: {count} of {limit}")


def _states(events: list[StoredEvent], deliveries: list[StoredDelivery]) -> Iterator[Violation]:
    of_event: defaultdict[str, dict[Channel, DeliveryStatus]] = defaultdict(dict)
    for delivery in deliveries:
        of_event[delivery.event_id][delivery.channel] = delivery.status
        if delivery.status is DeliveryStatus.PENDING:
            yield Violation("every delivery ends", f"{delivery}")
    for event in events:
        statuses = of_event[event.id]
        if set(statuses) != set(Channel):
            yield Violation("each channel has its delivery", f"{event}: {statuses}")
        if event.status is not settled(list(statuses.values())):
            yield Violation("an event is what its deliveries are", f"{event}: {statuses}")


def _attempts(delivery: StoredDelivery) -> Iterator[Violation]:
    if delivery.counted != delivery.attempts:
        yield Violation("every attempt is counted", f"{delivery}")
    if delivery.successes != (delivery.status is DeliveryStatus.DELIVERED):
        yield Violation("a delivery ends once", f"{delivery}")


_Arrived = dict[tuple[str, Channel], list[Arrival]]


def _by_delivery(arrivals: Arrivals, events: list[StoredEvent]) -> _Arrived:
    """Return the arrivals by event and channel, in the order of the servers that sent them.

    Where the event is unknown, the mark stands for it.
    """
    ids = {event.mark: event.id for event in events}
    return {
        (ids.get(mark, mark), channel): sorted(found, key=lambda one: one.generation)
        for (channel, mark), found in arrivals.found.items()
    }


def _known(arrived: _Arrived, deliveries: list[StoredDelivery]) -> Iterator[Violation]:
    stored = {(delivery.event_id, delivery.channel) for delivery in deliveries}
    for unknown in arrived.keys() - stored:
        yield Violation("only what is stored is sent", f"{unknown}: {arrived[unknown]}")


def _arrived(
    arrived: _Arrived, deliveries: list[StoredDelivery], kills: dict[int, Kill]
) -> Iterator[Violation]:
    for delivery in deliveries:
        found = arrived.get((delivery.event_id, delivery.channel), [])
        if delivery.status is DeliveryStatus.DELIVERED and not found:
            yield Violation("what is DELIVERED has arrived", f"{delivery}")
        failed = delivery.status is DeliveryStatus.FAILED
        if failed and any(_learned(delivery, one, kills) for one in found):
            yield Violation("what has arrived is DELIVERED", f"{delivery}: {found}")


def _repeated(
    arrived: _Arrived, deliveries: list[StoredDelivery], kills: dict[int, Kill]
) -> Iterator[Violation]:
    for delivery in deliveries:
        found = arrived.get((delivery.event_id, delivery.channel), [])
        for one, other in pairwise(found):
            same_server = one.generation == other.generation and not one.ambiguous
            if same_server or _learned(delivery, one, kills):
                yield Violation("nothing arrives twice without a reason", f"{delivery}: {found}")


def _learned(delivery: StoredDelivery, arrival: Arrival, kills: dict[int, Kill]) -> bool:
    """Tell whether the server must have known that its message arrived, and stored it.

    There are two ways not to. The provider was told to take the message and break the connection;
    or the server that had sent it was killed before it had stored the answer. So each arrival
    that is not the last needs a reason of its own, and a kill is one for a single repeat.
    """
    kill = kills.get(arrival.generation)
    return not arrival.ambiguous and not (kill and kill.hit(delivery.id, arrival))
