"""Storing an accepted event: event, deliveries, quota and idempotency, all or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, delete, insert, select

from pingpilot_app.domain.errors import Invalid, LimitReached, PingPilotError
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue
from pingpilot_app.domain.notice import NoticeKind, quota_text
from pingpilot_app.domain.quota import month_of, seconds_to_reset, tells
from pingpilot_app.storage import quota
from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.changes import note_changes
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.notices import add_notice
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.tables import deliveries, escalations, events, idempotency, search_queue
from pingpilot_app.storage.writer import Op

IDEMPOTENCY_KEPT = timedelta(days=7)

QUOTA_REACHED = "Monthly quota reached. Please upgrade your plan for more events"


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The `Idempotency-Key` of a request and the SHA-256 of its body."""

    key: str
    body_hash: bytes


@dataclass(frozen=True, slots=True)
class Accepted:
    """The answer: the stored event, and what the account has used with it."""

    event_id: str
    used: int
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class AcceptEvent(Op[Accepted]):
    """Store one event. `limit` is the account's monthly quota, None for none.

    Jobs with a lease are taken over by the worker of this process at once.
    """

    event_id: str
    account_id: str
    category_id: str
    description: str
    fields: dict[str, FieldValue]
    created_at: datetime
    jobs: tuple[Job, ...]
    limit: int | None
    escalates_at: datetime | None = None  # where nobody has claimed it by then
    idempotency: IdempotencyKey | None = None

    @property
    def month(self) -> tuple[str, str]:
        """Return the counter that the event counts in."""
        return self.account_id, month_of(self.created_at)

    @classmethod
    def apply(
        cls, connection: Connection, ops: Sequence[Self]
    ) -> Sequence[Accepted | PingPilotError]:
        """Store all, in the order they came."""
        replays = _Replays(connection)
        months = [op.month for op in ops]
        counters = quota.lock_counters(connection, months)
        answers: list[Accepted | PingPilotError] = []
        stored: list[AcceptEvent] = []
        for op, month in zip(ops, months, strict=True):
            answer = replays.answer(op) or _count(op, month, counters)
            answers.append(answer)
            if isinstance(answer, Accepted) and not answer.replayed:
                stored.append(op)
                replays.remember(op)
        if stored:
            _insert(connection, stored)
            replays.store()
            _note(connection, stored)
            quota.store_counters(connection, counters)
            _tell_owners(connection, ops, answers)
        return answers


def _count(
    op: AcceptEvent, month: tuple[str, str], counters: quota.Counters
) -> Accepted | PingPilotError:
    used = counters[month]
    if op.limit is not None and used >= op.limit:
        return LimitReached(QUOTA_REACHED, seconds_to_reset(op.created_at), op.limit)
    counters[month] = used + 1
    return Accepted(op.event_id, used + 1)


def _tell_owners(
    connection: Connection,
    ops: Sequence[AcceptEvent],
    answers: Sequence[Accepted | PingPilotError],
) -> None:
    for op, answer in zip(ops, answers, strict=True):
        if op.limit is None or not isinstance(answer, Accepted) or answer.replayed:
            continue
        if tells(answer.used, op.limit):
            text = quota_text(answer.used, op.limit, op.created_at)
            subject = f"{op.month[1]}:{answer.used}"
            add_notice(
                connection, op.account_id, NoticeKind.QUOTA, None, subject, text, op.created_at
            )


_EVENT = ("account_id", "id", "category_id", "description", "fields", "status", "created_at")
_DELIVERY = (
    *("account_id", "event_id", "id", "destination_id", "channel", "status", "attempts"),
    *("replays", "next_attempt_at", "lease_until"),
)


def _insert(connection: Connection, ops: list[AcceptEvent]) -> None:
    insert_rows(connection, events, _EVENT, [_event(op) for op in ops])
    rows = [_delivery(job) for op in ops for job in op.jobs if job.destination.user_id is None]
    insert_rows(connection, deliveries, _DELIVERY, rows)
    waiting = [(op.account_id, op.event_id, 0, op.escalates_at) for op in ops if op.escalates_at]
    insert_rows(connection, escalations, ("account_id", "event_id", "step", "due_at"), waiting)
    copies = [
        (*_delivery(job), job.destination.user_id)
        for op in ops
        for job in op.jobs
        if job.destination.user_id is not None
    ]
    insert_rows(connection, deliveries, (*_DELIVERY, "user_id"), copies)


def _note(connection: Connection, ops: list[AcceptEvent]) -> None:
    """Count the events, number them, and have their words indexed soon."""
    changes = Changes()
    for op in ops:
        changes.accepted(op.account_id, op.category_id, op.created_at, op.fields)
    changes.store(connection)
    queue = [(op.account_id, op.event_id) for op in ops]
    insert_rows(connection, search_queue, ("account_id", "event_id"), queue)
    note_changes(connection, queue, created=True)


def _event(op: AcceptEvent) -> tuple[Any, ...]:
    return (
        op.account_id,
        op.event_id,
        op.category_id,
        op.description,
        op.fields,
        EventStatus.PENDING.value,
        op.created_at,
    )


def _delivery(job: Job) -> tuple[Any, ...]:
    return (
        job.account_id,
        job.event_id,
        job.delivery_id,
        job.destination.id,
        job.channel.value,
        DeliveryStatus.PENDING.value,
        0,
        0,
        job.created_at,
        job.lease_until,
    )


class _Replays:
    """The idempotency keys of one batch, with those that were stored before."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._new: dict[tuple[str, str], AcceptEvent] = {}

    def answer(self, op: AcceptEvent) -> Accepted | PingPilotError | None:
        """Return the first answer to this key, a refusal, or None where the key is new."""
        if op.idempotency is None:
            return None
        found = self._found(op.account_id, op.idempotency.key, op.created_at)
        if found is None:
            return None
        event_id, body_hash = found
        if body_hash != op.idempotency.body_hash:
            return Invalid(
                "This Idempotency-Key was used with another body. Use a new key for a new event."
            )
        return Accepted(event_id, 0, replayed=True)

    def _found(self, account_id: str, key: str, now: datetime) -> tuple[str, bytes] | None:
        first = self._new.get((account_id, key))
        if first is not None and first.idempotency is not None:
            return first.event_id, first.idempotency.body_hash
        here = (idempotency.c.account_id == account_id, idempotency.c.key == key)
        query = select(idempotency.c.event_id, idempotency.c.body_hash, idempotency.c.created_at)
        row = self._connection.execute(query.where(*here)).one_or_none()
        if row is None:
            return None
        if row.created_at < now - IDEMPOTENCY_KEPT:
            self._connection.execute(delete(idempotency).where(*here))
            return None
        return row.event_id, row.body_hash

    def remember(self, op: AcceptEvent) -> None:
        """Keep the key of an event that is stored in this batch."""
        if op.idempotency is not None:
            self._new[op.account_id, op.idempotency.key] = op

    def store(self) -> None:
        """Write the new keys."""
        rows = [
            {
                "account_id": account_id,
                "key": key,
                "body_hash": op.idempotency.body_hash,
                "event_id": op.event_id,
                "created_at": op.created_at,
            }
            for (account_id, key), op in self._new.items()
            if op.idempotency is not None
        ]
        if rows:
            self._connection.execute(insert(idempotency), rows)
