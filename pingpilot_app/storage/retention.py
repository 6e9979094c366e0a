"""Removing what is old, one small batch at a time.

Each function looks at a bounded number of rows by an index, because it runs in the writer, between
two groups of events that are being accepted. A batch that comes back empty is the last one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    and_,
    delete,
    func,
    or_,
    select,
    tuple_,
    update,
)

from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.storage.acceptance import IDEMPOTENCY_KEPT
from pingpilot_app.storage.account_removal import delete_events_of_removed, delete_removed
from pingpilot_app.storage.known_devices import delete_unseen_devices
from pingpilot_app.storage.rollups import hour_of
from pingpilot_app.storage.tables import accounts, events, idempotency, notices, sessions, tokens

FOREVER = 36_500  # days; a hundred years, and nothing that is stored here is so old
TOKEN_KEPT = timedelta(days=1)  # so that somebody who comes late is told that it ended
NOTICE_KEPT = timedelta(days=90)  # after that the owner may be told the same again
NOTICE_PREFIX = "ntc"  # of a notice's id

EVENTS_BATCH = 50  # an event goes with its deliveries and attempts, some seven rows
ROWS_BATCH = 500

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)  # ids cannot tell earlier times


@dataclass(frozen=True, slots=True)
class Overdue:
    """An account that has events older than it keeps them: those with an id below `bound`."""

    account_id: str
    bound: str


@dataclass(frozen=True, slots=True)
class EventsBatch:
    """How many events went, and the last id that was looked at; None: there are no more."""

    gone: int
    last: str | None


def set_retention(connection: Connection, account_id: str, days: int | None) -> None:
    """Keep the account's events for `days`; None: for as long as the instance's setting says."""
    here = accounts.c.id == account_id
    connection.execute(update(accounts).where(here).values(retention_days=days))


def count_overdue(connection: Connection, account_id: str, days: int, now: datetime) -> int:
    """Return how many events of the account are older than `days` and would be deleted."""
    old = (events.c.account_id == account_id, events.c.id < event_bound(now, days))
    settled = events.c.status != EventStatus.PENDING
    query = select(func.count()).select_from(events).where(*old, settled)
    return int(connection.execute(query).scalar_one())


def overdue_accounts(
    connection: Connection, default_days: int | None, now: datetime
) -> list[Overdue]:
    """Return the accounts whose oldest event is older than they keep events.

    `default_days` is for accounts without a retention of their own; None: for ever. Costs one
    look at an index for each account.
    """
    oldest = select(func.min(events.c.id)).where(events.c.account_id == accounts.c.id)
    query = select(
        accounts.c.id,
        func.coalesce(accounts.c.retention_days, default_days or FOREVER).label("days"),
        oldest.scalar_subquery().label("oldest"),
    )
    found = [(row, event_bound(now, row.days)) for row in connection.execute(query)]
    return [Overdue(row.id, bound) for row, bound in found if row.oldest and row.oldest < bound]


def event_bound(now: datetime, days: int) -> str:
    """Return the id that all events which are older than `days`, in whole hours, lie below.

    The figures of events are kept by the hour and by its quarters (rollups.py).
    """
    return id_at("evt", hour_of(max(now - timedelta(days=days), _EPOCH)))


def delete_events(connection: Connection, overdue: Overdue, after: str = "") -> EventsBatch:
    """Delete some of the events between the ids `after` and `overdue.bound`, oldest first.

    Those that are still on their way stay, however old. Deliveries, attempts and idempotency
    keys go with their event. The quota stays: it counts what was accepted.
    """
    here = events.c.account_id == overdue.account_id
    query = select(events.c.id).where(here, events.c.id > after, events.c.id < overdue.bound)
    query = query.order_by(events.c.id).limit(EVENTS_BATCH)
    ids = connection.execute(query).scalars().all()
    settled = (events.c.id.in_(ids), events.c.status != EventStatus.PENDING)
    gone = connection.execute(delete(events).where(here, *settled)).rowcount
    return EventsBatch(gone, ids[-1] if len(ids) == EVENTS_BATCH else None)


def delete_sessions(connection: Connection, now: datetime) -> int:
    """Delete some sessions that have expired; return how many."""
    expired = sessions.c.expires_at <= now
    return _delete(connection, (sessions.c.token_hash,), expired, sessions.c.expires_at)


def delete_tokens(connection: Connection, now: datetime) -> int:
    """Delete some tokens that have expired: used ones at once, others a day later."""
    done = or_(tokens.c.used_at.is_not(None), tokens.c.expires_at <= now - TOKEN_KEPT)
    expired = and_(tokens.c.expires_at <= now, done)
    return _delete(connection, (tokens.c.hash,), expired, tokens.c.expires_at)


def delete_idempotency_keys(connection: Connection, now: datetime) -> int:
    """Delete some idempotency keys that are not looked at any more; return how many."""
    key = (idempotency.c.account_id, idempotency.c.key)
    old = idempotency.c.created_at < now - IDEMPOTENCY_KEPT
    return _delete(connection, key, old, idempotency.c.created_at)


def delete_notices(connection: Connection, now: datetime) -> int:
    """Delete some notices that were told long ago; return how many."""
    before = now - NOTICE_KEPT
    made_before = notices.c.id < id_at(NOTICE_PREFIX, before)  # the range; told_at has no index
    told = and_(made_before, notices.c.told_at < before)
    return _delete(connection, (notices.c.id,), told, notices.c.id)


Delete = Callable[[Connection, datetime], int]  # deletes a batch, returns how many

KINDS: dict[str, Delete] = {
    "sessions": delete_sessions,
    "tokens": delete_tokens,
    "browsers not seen for long": delete_unseen_devices,
    "idempotency keys": delete_idempotency_keys,
    "notices": delete_notices,
    "events of deleted accounts": delete_events_of_removed,
    "deleted accounts": delete_removed,
}


def _delete(
    connection: Connection,
    key: Sequence[Column[Any]],
    old: ColumnElement[bool],
    order: Column[Any],
) -> int:
    """Delete the first ROWS_BATCH rows that are `old`; neither database has DELETE … LIMIT."""
    batch = select(*key).where(old).order_by(order).limit(ROWS_BATCH)
    gone = delete(key[0].table).where(tuple_(*key).in_(batch))
    return connection.execute(gone).rowcount
