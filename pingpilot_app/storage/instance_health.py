"""How the whole instance is: what waits, what failed, what is held back, the database itself.

Each function looks at all accounts, so each is bounded or goes through an index alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, case, func, literal, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.outages import WHOLE, OutageView
from pingpilot_app.storage.tables import deliveries, outages

COUNTED_MAX = 100_000  # deliveries that are looked at; more are "at least so many"


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """Deliveries that are not final: `due` now, `retrying` later, `leased` to a worker.

    `oldest_due` is since when the longest waiting one could have gone, None where none is due.
    """

    due: int
    retrying: int
    leased: int
    oldest_due: datetime | None

    @property
    def is_bounded(self) -> bool:
        """Tell whether there may be more than were counted."""
        return self.due + self.retrying + self.leased >= COUNTED_MAX


def queue_depth(connection: Connection, now: datetime) -> QueueDepth:
    """Count what waits, at most COUNTED_MAX deliveries."""
    some = (
        select(deliveries.c.next_attempt_at, deliveries.c.lease_until)
        .where(_is(DeliveryStatus.PENDING))
        .limit(COUNTED_MAX)
        .subquery()
    )
    leased = some.c.lease_until.is_not(None) & (some.c.lease_until >= now)
    due = ~leased & (some.c.next_attempt_at <= now)
    query = select(
        _count(due),
        _count(~leased & ~(some.c.next_attempt_at <= now)),
        _count(leased),
        func.min(case((due, some.c.next_attempt_at))),
    )
    return QueueDepth(*connection.execute(query.select_from(some)).one())


def _count(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many deliveries of a channel failed in one way."""

    channel: Channel
    failure: Failure | None
    count: int


def failures_since(connection: Connection, since: datetime) -> list[FailureCount]:
    """Return what failed for good since a time, the most common first."""
    count = func.count()
    query = (
        select(deliveries.c.channel, deliveries.c.failure, count)
        .where(_is(DeliveryStatus.FAILED), deliveries.c.failed_at >= since)
        .group_by(deliveries.c.channel, deliveries.c.failure)
        .order_by(count.desc())
    )
    return [FailureCount(*row) for row in connection.execute(query)]


def failed_in_all(connection: Connection) -> Mapping[Channel, int]:
    """Return how many deliveries of each channel have failed and are still kept."""
    query = (
        select(deliveries.c.channel, func.count())
        .where(_is(DeliveryStatus.FAILED))
        .group_by(deliveries.c.channel)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def provider_outages(connection: Connection) -> Mapping[Channel, OutageView]:
    """Return the providers that are not being tried for now."""
    columns = [outages.c[name] for name in OutageView.__slots__]
    query = select(*columns).where(outages.c.destination_id == WHOLE)
    return {row.channel: OutageView(*row) for row in connection.execute(query)}


def held_destinations(connection: Connection) -> Mapping[Channel, int]:
    """Return how many single destinations of each channel are not being tried for now."""
    query = (
        select(outages.c.channel, func.count())
        .where(outages.c.destination_id != WHOLE)
        .group_by(outages.c.channel)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def database_size(connection: Connection) -> int:
    """Return the bytes that the database takes, SQLite's log beside the file not counted."""
    if connection.dialect.name == "sqlite":
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    else:
        query = "SELECT pg_database_size(current_database())"
    return int(connection.exec_driver_sql(query).scalar_one())


def answers(connection: Connection) -> bool:
    """Ask the database the least that can be asked."""
    return bool(connection.exec_driver_sql("SELECT 1").scalar_one() == 1)


def _is(status: DeliveryStatus) -> ColumnElement[bool]:
    # Written out, not bound: only then is the index of this status alone used.
    return deliveries.c.status == literal(status, deliveries.c.status.type, literal_execute=True)
