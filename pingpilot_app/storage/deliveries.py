"""Deliveries on their way: claiming them and recording what came of each attempt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import Connection, and_, bindparam, or_, select, tuple_, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue, Outcome, settled
from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.tables import attempts, categories, deliveries, destinations, events
from pingpilot_app.storage.writer import Op

_KEY = (deliveries.c.account_id, deliveries.c.event_id, deliveries.c.id)
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
    channel: Channel
    attempts: int
    lease_until: datetime | None
    destination_id: str
    address: str | None
    state: Mapping[str, str]
    category: str
    emoji: str | None
    color: int
    description: str
    fields: Mapping[str, FieldValue]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ClaimDue(Op[list[Job]]):
    """Lease up to `limit` deliveries that are due and that nobody holds."""

    now: datetime
    lease_until: datetime
    limit: int

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[list[Job]]:
        """Claim for each op in turn."""
        return [op._claim(connection) for op in ops]

    def _claim(self, connection: Connection) -> list[Job]:
        due = (
            select(*_KEY)
            .where(
                deliveries.c.status == DeliveryStatus.PENDING,
                deliveries.c.next_attempt_at <= self.now,
                or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < self.now),
            )
            .order_by(deliveries.c.next_attempt_at)
            .limit(self.limit)
            .with_for_update(skip_locked=True)
        )
        keys = [tuple(row) for row in connection.execute(due)]
        if not keys:
            return []
        connection.execute(
            update(deliveries).where(tuple_(*_KEY).in_(keys)).values(lease_until=self.lease_until)
        )
        return _jobs(connection, keys, self.lease_until)


def _jobs(
    connection: Connection, keys: Sequence[tuple[str, ...]], lease_until: datetime
) -> list[Job]:
    query = (
        select(
            deliveries.c.id.label("delivery_id"),
            deliveries.c.account_id,
            deliveries.c.event_id,
            deliveries.c.channel,
            deliveries.c.attempts,
            deliveries.c.destination_id,
            destinations.c.address,
            destinations.c.state,
            categories.c.name.label("category"),
            categories.c.emoji,
            categories.c.color,
            events.c.description,
            events.c.fields,
            events.c.created_at,
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
        .where(tuple_(*_KEY).in_(keys))
        .order_by(deliveries.c.id)
    )
    return [Job(lease_until=lease_until, **row) for row in connection.execute(query).mappings()]


@dataclass(frozen=True, slots=True)
class RecordAttempt(Op[EventStatus]):
    """Write down one attempt and where it leaves the delivery; answers the event's status.

    `next_attempt_at` is set where the delivery stays PENDING. `state` and `address` are set
    where the provider told us something new about the destination.
    """

    attempt_id: str
    account_id: str
    event_id: str
    delivery_id: str
    destination_id: str
    attempts: int
    at: datetime
    ms: int
    outcome: Outcome
    status: DeliveryStatus
    provider_code: str | None = None
    message: str | None = None
    next_attempt_at: datetime | None = None
    state: Mapping[str, str] | None = None
    address: str | None = None

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[EventStatus]:
        """Record all attempts, then settle the events they belong to."""
        insert_rows(connection, attempts, _ATTEMPT, [op._attempt() for op in ops])
        connection.execute(_MOVE, [op._move() for op in ops])
        for op in ops:
            op._tell_destination(connection)
        statuses = _settle(connection, {(op.account_id, op.event_id) for op in ops})
        return [statuses[op.account_id, op.event_id] for op in ops]

    def _attempt(self) -> tuple[Any, ...]:
        return (
            self.account_id,
            self.event_id,
            self.delivery_id,
            self.attempt_id,
            self.at,
            self.outcome.value,
            self.provider_code,
            self.message,
            self.ms,
        )

    def _move(self) -> dict[str, Any]:
        delivered = self.status is DeliveryStatus.DELIVERED
        return {
            "account": self.account_id,
            "event": self.event_id,
            "delivery": self.delivery_id,
            "new_status": self.status,
            "new_attempts": self.attempts,
            "new_next_attempt_at": self.next_attempt_at,
            "new_delivered_at": self.at if delivered else None,
            "new_error": None if delivered else self.message,
            "new_error_code": None if delivered else self.provider_code,
        }

    def _tell_destination(self, connection: Connection) -> None:
        news: dict[str, Any] = {}
        if self.state is not None:
            news["state"] = dict(self.state)
        if self.address is not None:
            news["address"] = self.address
        if news:
            here = destinations.c.id == self.destination_id
            connection.execute(update(destinations).where(here).values(news))


_ATTEMPT = (
    *("account_id", "event_id", "delivery_id", "id"),
    *("at", "outcome", "provider_code", "message", "ms"),
)

# A delivery that is final stays as it is, whatever a late worker reports.
_MOVE = (
    update(deliveries)
    .where(
        deliveries.c.account_id == bindparam("account"),
        deliveries.c.event_id == bindparam("event"),
        deliveries.c.id == bindparam("delivery"),
        deliveries.c.status == DeliveryStatus.PENDING,
    )
    .values(
        status=bindparam("new_status"),
        attempts=bindparam("new_attempts"),
        next_attempt_at=bindparam("new_next_attempt_at"),
        lease_until=None,
        delivered_at=bindparam("new_delivered_at"),
        error=bindparam("new_error"),
        error_code=bindparam("new_error_code"),
    )
)


_Events = set[tuple[str, str]]


def _settle(connection: Connection, events: _Events) -> dict[tuple[str, str], EventStatus]:
    """Set the status of these (account, event) whose deliveries are all final; return all."""
    found: dict[tuple[str, str], list[DeliveryStatus]] = {one: [] for one in events}
    for account_id, event_id, status in connection.execute(_STATUSES, {"events": list(events)}):
        found[account_id, event_id].append(status)
    statuses = {one: settled(deliveries) for one, deliveries in found.items()}
    moves = [
        {"account": account_id, "event": event_id, "to": status}
        for (account_id, event_id), status in statuses.items()
        if status is not EventStatus.PENDING
    ]
    if moves:
        connection.execute(_SETTLE, moves)
    return statuses


# Built once: building a statement costs more than running it.
_EVENT_KEY = (deliveries.c.account_id, deliveries.c.event_id)
_STATUSES = select(*_EVENT_KEY, deliveries.c.status).where(
    tuple_(*_EVENT_KEY).in_(bindparam("events", expanding=True))
)
_SETTLE = (
    update(events)
    .where(events.c.account_id == bindparam("account"), events.c.id == bindparam("event"))
    .values(status=bindparam("to"))
)


def release_leases(connection: Connection) -> None:
    """Free all deliveries: at the start of the only process that works on this database."""
    held = (deliveries.c.status == DeliveryStatus.PENDING, deliveries.c.lease_until.is_not(None))
    connection.execute(update(deliveries).where(*held).values(lease_until=None))
