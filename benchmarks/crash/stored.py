"""What the database holds, read as a killed process left it."""

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event; `mark` is its description, `month` is YYYY-MM."""

    account_id: str
    id: str
    mark: str
    status: EventStatus
    month: str


@dataclass(frozen=True, slots=True)
class StoredDelivery:
    """A delivery. `tries` are its recorded attempts, `counted` those of them that use one up."""

    id: str
    event_id: str
    channel: Channel
    status: DeliveryStatus
    attempts: int
    tries: int
    counted: int
    successes: int


class Stored:
    """The database of a data directory, read only.

    A connection that may write would fold the log of a killed process into the database when it
    is closed, and so do what the restarted server has to do.
    """

    def __init__(self, data_dir: Path) -> None:
        self._uri = f"file:{data_dir / 'pingpilot.db'}?mode=ro"

    def events(self) -> list[StoredEvent]:
        """Return all events."""
        query = "SELECT account_id, id, description, status, substr(created_at, 1, 7) FROM event"
        return [
            StoredEvent(account, id_, mark, EventStatus(status), month)
            for account, id_, mark, status, month in self._rows(query)
        ]

    def deliveries(self) -> list[StoredDelivery]:
        """Return all deliveries."""
        return [
            StoredDelivery(id_, event, Channel(channel), DeliveryStatus(status), *counts)
            for id_, event, channel, status, *counts in self._rows(_DELIVERIES)
        ]

    def usage(self) -> dict[tuple[str, str], int]:
        """Return what is counted of each (account, month)."""
        rows = self._rows("SELECT account_id, month, used FROM quota_usage WHERE used > 0")
        return {(account, month): used for account, month, used in rows}

    def leased(self) -> set[str]:
        """Return the deliveries that a server holds: under way, or next in its memory."""
        query = "SELECT id FROM delivery WHERE status = 'PENDING' AND lease_until IS NOT NULL"
        return {id_ for (id_,) in self._rows(query)}

    def pending(self) -> bool:
        """Tell whether a delivery has no final state yet."""
        return bool(self._rows("SELECT 1 FROM delivery WHERE status = 'PENDING' LIMIT 1"))

    def damage(self) -> list[str]:
        """Return what SQLite finds wrong with the file and with references."""
        found = [str(row) for (row,) in self._rows("PRAGMA integrity_check")]
        broken = [f"broken reference {row}" for row in self._rows("PRAGMA foreign_key_check")]
        return [words for words in found + broken if words != "ok"]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            return connection.execute(query).fetchall()


# A wait that the provider asked for, or that our own credentials cause, uses up no attempt.
_DELIVERIES = """
    SELECT delivery.id, delivery.event_id, channel, status, attempts, count(attempt.id),
        coalesce(sum(attempt.id IS NOT NULL AND attempt.failure IS NOT 'rate-limited'), 0),
        coalesce(sum(attempt.outcome = 'DELIVERED'), 0)
    FROM delivery LEFT JOIN attempt ON attempt.account_id = delivery.account_id
        AND attempt.event_id = delivery.event_id AND attempt.delivery_id = delivery.id
    GROUP BY delivery.account_id, delivery.event_id, delivery.id
"""
