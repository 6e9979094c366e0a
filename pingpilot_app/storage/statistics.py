"""The figures that pages show, read from the sums that rollups.py keeps.

A period is given as [since, until). Both have to lie on quarters of an hour, where every time
zone's midnight does; `until` may be in the future.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.rollups import FAILED, hour_of
from pingpilot_app.storage.tables import delivery_rollups, event_rollups, field_rollups

FIELDS_MAX = 100  # fields of a category that are summed up, those that most events have


@dataclass(frozen=True, slots=True)
class Counts:
    """How many events, by their status."""

    pending: int = 0
    delivered: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """Return all."""
        return self.pending + self.delivered + self.failed

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(
            self.pending + other.pending,
            self.delivered + other.delivered,
            self.failed + other.failed,
        )


@dataclass(frozen=True, slots=True)
class FieldSummary:
    """A field of a category: how many events have it, and what its numbers come to.

    `numbers` counts the events in which it is a number; without one, the rest is None.
    """

    name: str
    events: int
    numbers: int
    total: float | None
    least: float | None
    greatest: float | None

    @property
    def average(self) -> float | None:
        """Return the mean of the numbers."""
        return self.total / self.numbers if self.total is not None else None


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """How deliveries by a channel ended; `median_ms` from event to delivery, in two digits."""

    channel: Channel
    delivered: int
    failed: int
    median_ms: int | None


@dataclass(frozen=True, slots=True)
class CategoryMonth:
    """What happened in a category since a moment."""

    events: int
    fields: int  # different names


def count_events(
    connection: Connection,
    account_id: str,
    edges: Sequence[datetime],
    category_id: str | None = None,
) -> list[Counts]:
    """Return the counts between each two of the ascending `edges`, of one category or of all."""
    at = event_rollups.c.at
    query = (
        select(
            at,
            func.sum(event_rollups.c.pending),
            func.sum(event_rollups.c.delivered),
            func.sum(event_rollups.c.failed),
        )
        .where(event_rollups.c.account_id == account_id, at >= edges[0], at < edges[-1])
        .group_by(at)
    )
    if category_id is not None:
        query = query.where(event_rollups.c.category_id == category_id)
    found = [Counts() for _ in edges[1:]]
    for moment, *counts in connection.execute(query):
        found[bisect_right(edges, moment) - 1] += Counts(*counts)
    return found


def summarize_fields(
    connection: Connection, account_id: str, category_id: str, since: datetime, until: datetime
) -> list[FieldSummary]:
    """Return the fields of a category's events, those that most events have first."""
    numbers = func.sum(field_rollups.c.numbers)
    query = (
        select(
            field_rollups.c.field,
            func.sum(field_rollups.c.events).label("events"),
            numbers,
            func.sum(field_rollups.c.total),
            func.min(field_rollups.c.least),
            func.max(field_rollups.c.greatest),
        )
        .where(
            field_rollups.c.account_id == account_id,
            field_rollups.c.category_id == category_id,
            *_within(field_rollups.c.at, since, until),
        )
        .group_by(field_rollups.c.field)
        .order_by(func.sum(field_rollups.c.events).desc(), field_rollups.c.field)
        .limit(FIELDS_MAX)
    )
    return [
        FieldSummary(name, events, count, total if count else None, least, greatest)
        for name, events, count, total, least, greatest in connection.execute(query)
    ]


def field_names(
    connection: Connection, account_id: str, category_id: str, since: datetime, until: datetime
) -> list[str]:
    """Return the names of all fields of a category's events, those that most events have first."""
    query = (
        select(field_rollups.c.field)
        .where(
            field_rollups.c.account_id == account_id,
            field_rollups.c.category_id == category_id,
            *_within(field_rollups.c.at, since, until),
        )
        .group_by(field_rollups.c.field)
        .order_by(func.sum(field_rollups.c.events).desc(), field_rollups.c.field)
    )
    return list(connection.execute(query).scalars())


def channel_health(connection: Connection, account_id: str, since: datetime) -> list[ChannelHealth]:
    """Return how the deliveries of events since the beginning of that hour ended, by channel."""
    query = (
        select(
            delivery_rollups.c.channel,
            delivery_rollups.c.ms,
            func.sum(delivery_rollups.c.deliveries).label("deliveries"),
        )
        .where(
            delivery_rollups.c.account_id == account_id,
            delivery_rollups.c.channel.in_(list(Channel)),  # so that the key leads to the hours
            delivery_rollups.c.at >= hour_of(since),
        )
        .group_by(delivery_rollups.c.channel, delivery_rollups.c.ms)
        .order_by(delivery_rollups.c.ms)
    )
    found: dict[Channel, list[tuple[int, int]]] = {channel: [] for channel in Channel}
    for channel, ms, count in connection.execute(query):
        found[channel].append((ms, count))
    return [_health(channel, ended) for channel, ended in found.items()]


def _health(channel: Channel, ended: list[tuple[int, int]]) -> ChannelHealth:
    arrived = [(ms, count) for ms, count in ended if ms != FAILED]
    delivered = sum(count for _, count in arrived)
    failed = sum(count for ms, count in ended if ms == FAILED)
    return ChannelHealth(channel, delivered, failed, _median(arrived, delivered))


def _median(arrived: list[tuple[int, int]], delivered: int) -> int | None:
    seen = 0
    for ms, count in arrived:
        seen += count
        if 2 * seen >= delivered > 0:
            return ms
    return None


def category_months(
    connection: Connection, account_id: str, since: datetime
) -> dict[str, CategoryMonth]:
    """Return what happened since then in each category, by the category's id."""
    counts = (
        select(
            event_rollups.c.category_id,
            func.sum(event_rollups.c.pending + event_rollups.c.delivered + event_rollups.c.failed),
        )
        .where(event_rollups.c.account_id == account_id, event_rollups.c.at >= since)
        .group_by(event_rollups.c.category_id)
    )
    names = (
        select(field_rollups.c.category_id, func.count(field_rollups.c.field.distinct()))
        .where(field_rollups.c.account_id == account_id, field_rollups.c.at >= since)
        .group_by(field_rollups.c.category_id)
    )
    fields = {row[0]: row[1] for row in connection.execute(names)}
    return {
        category_id: CategoryMonth(events, fields.get(category_id, 0))
        for category_id, events in connection.execute(counts)
    }


def _within(
    at: ColumnElement[datetime], since: datetime, until: datetime
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return at >= since, at < until
