"""Deliveries on their way: who holds them, and when they are due."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, Row, and_, bindparam, insert, or_, select, tuple_, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, FieldValue
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.destinations import DESTINATION, DestinationView, view_of
from pingpilot_app.storage.own_destinations import without_right
from pingpilot_app.storage.tables import categories, deliveries, destinations, events
from pingpilot_app.storage.writer import Op

DeliveryKey = tuple[str, str, str]  # account, event, delivery

KEY = (deliveries.c.account_id, deliveries.c.event_id, deliveries.c.id)
CATEGORY_OF_EVENT = and_(
    categories.c.account_id == events.c.account_id, categories.c.id == events.c.category_id
)


@dataclass(frozen=True, slots=True)
class Job:
    """All that one attempt needs, so that sending reads nothing more.

    The holder may send until `lease_until`; after that another worker may take the delivery.
    None: nobody holds it.
    """

    delivery_id: str
    account_id: str
    event_id: str
    attempts: int
    replays: int
    lease_until: datetime | None
    destination: DestinationView
    category: str
    emoji: str | None
    color: int
    description: str
    fields: Mapping[str, FieldValue]
    created_at: datetime
    acknowledge: bool = True  # the message asks who is on it

    @property
    def key(self) -> DeliveryKey:
        """Return what tells the delivery from all others."""
        return self.account_id, self.event_id, self.delivery_id

    @property
    def channel(self) -> Channel:
        """Return the way it goes."""
        return self.destination.channel


def begin_delivery(
    connection: Connection,
    account_id: str,
    event_id: str,
    destination: DestinationView,
    now: datetime,
) -> None:
    """Have an event that is stored already sent to one more destination; it is due at once."""
    connection.execute(
        insert(deliveries).values(
            account_id=account_id,
            event_id=event_id,
            id=new_id("dlv"),
            destination_id=destination.id,
            user_id=destination.user_id,
            channel=destination.channel,
            status=DeliveryStatus.PENDING,
            attempts=0,
            replays=0,
            next_attempt_at=now,
        )
    )


@dataclass(frozen=True, slots=True)
class ClaimDue(Op[list[Job]]):
    """Lease deliveries that are due and that nobody holds, the longest due first.

    `rooms` is how many of each channel, `places` how many of a destination (where it is named),
    `full` the destinations that take none: they do not keep others from their turn.
    """

    now: datetime
    lease_until: datetime
    rooms: Mapping[Channel, int]
    places: Mapping[str, int] = field(default_factory=dict)
    full: Collection[str] = ()

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[list[Job]]:
        """Claim for each op in turn."""
        return [op._claim(connection) for op in ops]

    def _claim(self, connection: Connection) -> list[Job]:
        keys = [key for by in self.rooms for key in self._due(connection, by)]
        if not keys:
            return []
        connection.execute(
            update(deliveries).where(tuple_(*KEY).in_(keys)).values(lease_until=self.lease_until)
        )
        jobs = _jobs(connection, keys, self.lease_until)
        if len(jobs) < len(keys):
            _give_up(connection, set(keys) - {job.key for job in jobs})
        return _for_members(connection, jobs)

    def _due(self, connection: Connection, by: Channel) -> list[tuple[str, ...]]:
        wanted = {"by": by, "now": self.now, "room": self.rooms[by], "full": list(self.full)}
        left = dict(self.places)
        keys: list[tuple[str, ...]] = []
        for *key, destination_id in connection.execute(_DUE, wanted):
            place = left.get(destination_id)
            if place is None or place > 0:
                keys.append(tuple(key))
            if place is not None:
                left[destination_id] = place - 1
        return keys


_DUE = (
    select(*KEY, deliveries.c.destination_id)
    .where(
        deliveries.c.status == DeliveryStatus.PENDING,
        deliveries.c.channel == bindparam("by"),
        deliveries.c.next_attempt_at <= bindparam("now"),
        deliveries.c.destination_id.not_in(bindparam("full", expanding=True)),
        or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < bindparam("now")),
    )
    .order_by(deliveries.c.next_attempt_at)
    .limit(bindparam("room"))
    .with_for_update(skip_locked=True)
)


def _jobs(
    connection: Connection, keys: Sequence[tuple[str, ...]], lease_until: datetime
) -> list[Job]:
    query = (
        select(
            deliveries.c.id.label("delivery_id"),
            deliveries.c.account_id,
            deliveries.c.event_id,
            deliveries.c.attempts,
            deliveries.c.replays,
            categories.c.name.label("category"),
            categories.c.emoji,
            categories.c.color,
            categories.c.acknowledge,
            events.c.description,
            events.c.fields,
            events.c.created_at,
            *DESTINATION,
        )
        .join(destinations, destinations.c.id == deliveries.c.destination_id)
        .join(
            events,
            and_(
                events.c.account_id == deliveries.c.account_id,
                events.c.id == deliveries.c.event_id,
            ),
        )
        .join(categories, CATEGORY_OF_EVENT)
        .where(tuple_(*KEY).in_(keys))
        .order_by(deliveries.c.next_attempt_at, deliveries.c.id)
    )
    rows = connection.execute(query).all()
    return [_job(row, lease_until) for row in rows]


def _job(row: Row[*tuple[Any, ...]], lease_until: datetime) -> Job:
    own, destination = row[: -len(DESTINATION)], row[-len(DESTINATION) :]
    return Job(
        lease_until=lease_until,
        destination=view_of(destination),
        **dict(zip(row._fields, own, strict=False)),
    )


def _for_members(connection: Connection, jobs: list[Job]) -> list[Job]:
    """Return the jobs, with the channels off of those who may have no copies sent any more."""
    people: dict[str, set[str]] = {}
    for job in jobs:
        if job.destination.user_id is not None:
            people.setdefault(job.account_id, set()).add(job.destination.user_id)
    if not people:
        return jobs
    gone = {one: without_right(connection, one, ids) for one, ids in people.items()}
    return [
        replace(job, destination=replace(job.destination, enabled=False))
        if job.destination.user_id in gone.get(job.account_id, ())
        else job
        for job in jobs
    ]


def _give_up(connection: Connection, keys: Collection[tuple[str, ...]]) -> None:
    """End the copies for people whose login was deleted, and their destinations with it."""
    here = (tuple_(*KEY).in_(keys), deliveries.c.user_id.is_not(None))
    ended = {"status": DeliveryStatus.FAILED, "failure": Failure.SWITCHED_OFF, "lease_until": None}
    connection.execute(update(deliveries).where(*here).values(**ended, next_attempt_at=None))


@dataclass(frozen=True, slots=True)
class PutBack(Op[None]):
    """Give up the leases of deliveries that are not sent now; each is due as it was."""

    keys: Collection[DeliveryKey]

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[None]:
        """Put all back."""
        rows = [
            {"account": account, "event": event, "delivery": delivery}
            for op in ops
            for account, event, delivery in op.keys
        ]
        if rows:
            connection.execute(_PUT_BACK, rows)
        return [None] * len(ops)


THIS_DELIVERY = (
    deliveries.c.account_id == bindparam("account"),
    deliveries.c.event_id == bindparam("event"),
    deliveries.c.id == bindparam("delivery"),
    deliveries.c.status == DeliveryStatus.PENDING,
)
_PUT_BACK = update(deliveries).where(*THIS_DELIVERY).values(lease_until=None)


def release_leases(connection: Connection) -> None:
    """Free all deliveries: at the start of the only process that works on this database."""
    held = (deliveries.c.status == DeliveryStatus.PENDING, deliveries.c.lease_until.is_not(None))
    connection.execute(update(deliveries).where(*held).values(lease_until=None))


def follow_clock(connection: Connection, now: datetime, step: timedelta) -> int:
    """Move what is due after `now` by `step`: the clock was set back; return how many moved."""
    ahead = select(*KEY, deliveries.c.next_attempt_at).where(
        deliveries.c.status == DeliveryStatus.PENDING, deliveries.c.next_attempt_at > now
    )
    rows: list[dict[str, Any]] = [
        {"account": account, "event": event, "delivery": delivery, "due": max(now, due + step)}
        for account, event, delivery, due in connection.execute(ahead)
    ]
    if rows:
        connection.execute(_FOLLOW, rows)
    return len(rows)


_FOLLOW = update(deliveries).where(*THIS_DELIVERY).values(next_attempt_at=bindparam("due"))
