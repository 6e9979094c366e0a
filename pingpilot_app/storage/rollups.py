"""Figures of events, kept as they come, so that no page has to count a million rows.

Each change is made in the transaction that stores, settles, reopens or replays what it counts:
the figures are never late, and tests/storage/test_rollups.py compares them with a recount. Only
statements that change rows of one place are summed up here; statistics.py reads them.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import EventStatus, FieldValue
from pingpilot_app.storage.bulk import upsert_rows
from pingpilot_app.storage.tables import (
    delivery_rollups,
    event_rollups,
    events,
    field_rollups,
)

FAILED = -1  # in the place of the milliseconds
FORGET = timedelta(days=7)  # of figures that go in one transaction

_HUGE = 1e290  # beyond it a sum could leave the range of a float, which no database takes

_STATUSES = (EventStatus.PENDING, EventStatus.DELIVERED, EventStatus.FAILED)


def quarter_of(moment: datetime) -> datetime:
    """Return the beginning of the quarter of an hour that `moment` lies in."""
    return moment.replace(minute=moment.minute // 15 * 15, second=0, microsecond=0)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour that `moment` lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def two_digits(ms: int) -> int:
    """Return `ms` with all but its two leading digits cut to zero: close enough for a median."""
    ms = max(0, ms)
    step = 1
    while ms >= 100 * step and step < 10_000_000:
        step *= 10
    return ms // step * step


class Changes:
    """What one transaction changes in the figures; `store` writes the sums, once for each row."""

    def __init__(self) -> None:
        self._events: dict[tuple[Any, ...], list[int]] = {}
        self._fields: dict[tuple[Any, ...], list[Any]] = {}
        self._deliveries: dict[tuple[Any, ...], list[int]] = {}

    def accepted(
        self,
        account_id: str,
        category_id: str,
        created_at: datetime,
        fields: Mapping[str, FieldValue],
        status: EventStatus = EventStatus.PENDING,
    ) -> None:
        """Count a new event."""
        at = quarter_of(created_at)
        self._count((account_id, category_id, at), status, 1)
        for name, value in fields.items():
            found = self._fields.setdefault(
                (account_id, category_id, name, at), [0, 0, 0.0, None, None]
            )
            found[0] += 1
            if type(value) in (int, float):  # a bool is no number here
                _add_number(found, max(-_HUGE, min(_HUGE, float(value))))

    def moved(
        self,
        account_id: str,
        category_id: str,
        created_at: datetime,
        before: EventStatus,
        after: EventStatus,
    ) -> None:
        """Count an event among those of another status."""
        key = (account_id, category_id, quarter_of(created_at))
        self._count(key, before, -1)
        self._count(key, after, 1)

    def delivered(
        self, account_id: str, channel: Channel, created_at: datetime, at: datetime, by: int = 1
    ) -> None:
        """Count a delivery of an event of `created_at` that arrived at `at`; -1 takes it back."""
        ms = two_digits(int((at - created_at) / timedelta(milliseconds=1)))
        self._end((account_id, channel.value, hour_of(created_at), ms), by)

    def failed(self, account_id: str, channel: Channel, created_at: datetime, by: int = 1) -> None:
        """Count a delivery that did not arrive; -1 takes it back."""
        self._end((account_id, channel.value, hour_of(created_at), FAILED), by)

    def store(self, connection: Connection) -> None:
        """Write the sums. In the order of their keys, so that two processes never deadlock."""
        upsert_rows(connection, event_rollups, _rows(self._events), _EVENT_CHANGE)
        upsert_rows(connection, field_rollups, _rows(self._fields), _FIELD_CHANGE)
        upsert_rows(connection, delivery_rollups, _rows(self._deliveries), _DELIVERY_CHANGE)

    def _count(self, key: tuple[Any, ...], status: EventStatus, by: int) -> None:
        self._events.setdefault(key, [0, 0, 0])[_STATUSES.index(status)] += by

    def _end(self, key: tuple[Any, ...], by: int) -> None:
        self._deliveries.setdefault(key, [0])[0] += by


def _add_number(found: list[Any], value: float) -> None:
    found[1] += 1
    found[2] += value
    found[3] = value if found[3] is None else min(found[3], value)
    found[4] = value if found[4] is None else max(found[4], value)


def _rows(changes: dict[tuple[Any, ...], list[Any]]) -> list[tuple[Any, ...]]:
    return sorted(((*key, *values) for key, values in changes.items()), key=lambda row: row[:4])


# How a row that is there already takes a change.
_EVENT_CHANGE = {"pending": "+", "delivered": "+", "failed": "+"}
_FIELD_CHANGE = {"events": "+", "numbers": "+", "total": "+", "least": "min", "greatest": "max"}
_DELIVERY_CHANGE = {"deliveries": "+"}


def forget(connection: Connection, account_id: str) -> bool:
    """Delete some figures that are older than the account's oldest event; False: none are left.

    Events go oldest first, so what is deleted here counts events that have gone.
    """
    first = connection.execute(
        select(func.min(event_rollups.c.at)).where(event_rollups.c.account_id == account_id)
    ).scalar_one()
    oldest = connection.execute(
        select(events.c.created_at)
        .where(events.c.account_id == account_id)
        .order_by(events.c.id)
        .limit(1)
    ).scalar_one_or_none()
    if first is None or (oldest is not None and first >= quarter_of(oldest)):
        return False
    until = first + FORGET if oldest is None else min(first + FORGET, quarter_of(oldest))
    for table in (event_rollups, field_rollups):
        here = (table.c.account_id == account_id, table.c.at < until)
        connection.execute(delete(table).where(*here))
    here = (delivery_rollups.c.account_id == account_id, delivery_rollups.c.at < hour_of(until))
    connection.execute(delete(delivery_rollups).where(*here))
    return True
