"""Sending again: one event, or all that failed since a moment. It never counts against the quota.

A replay starts a delivery's schedule anew; its earlier attempts stay in the log. It also lets a
broken destination be tried again: the first message shows whether it was mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select, update

from pingpilot_app.domain.audit import Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, Invalid, NotFound, PingPilotError
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.changes import note_changes
from pingpilot_app.storage.deliveries import begin_delivery
from pingpilot_app.storage.destinations import (
    DestinationView,
    list_destinations,
    mark_mended,
)
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.tables import deliveries, events
from pingpilot_app.storage.writer import Op

_Event = Row[*tuple[Any, ...]]  # of the columns `_EVENT`

BATCH = 50  # deliveries that one operation of a large replay starts again


@dataclass(frozen=True, slots=True)
class Replay(Op[int]):
    """Start deliveries of an event again; answers how many.

    `channels` names which, also ones that the event never went by; None: those that failed. What
    was delivered is sent a second time only where `again`. What waits for its next try is tried at
    once.
    """

    account_id: str
    event_id: str
    channels: frozenset[Channel] | None
    now: datetime
    again: bool = True
    entry: Entry | None = None  # what the audit log is told, the channels left out

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[int | PingPilotError]:
        """Replay for each op in turn."""
        return [op._replay(connection) for op in ops]

    def _replay(self, connection: Connection) -> int | PingPilotError:
        event = _event(connection, self.account_id, self.event_id)
        if event is None:
            return NotFound("There is no event with this id in your account.")
        rows = {row.channel: row for row in connection.execute(_of(self.account_id, self.event_id))}
        wanted = self.channels if self.channels is not None else frozenset(rows)
        if self.channels is None or not self.again:
            wanted -= _delivered(rows)
        if not wanted:
            return Conflict("It has arrived there. Name the channels to send it a second time.")
        return self._start(connection, event, rows, wanted)

    def _start(
        self,
        connection: Connection,
        event: _Event,
        rows: dict[Channel, Row[Any]],
        wanted: frozenset[Channel],
    ) -> int | PingPilotError:
        usable = {one.channel: one for one in list_destinations(connection, self.account_id)}
        for channel in sorted(wanted):
            if not (usable[channel].enabled and usable[channel].ready):
                return Invalid(
                    f"{channel.label} is switched off or not verified. "
                    "Mend it under Channels, then replay."
                )
        changes = Changes()
        for channel in sorted(wanted):
            mark_mended(connection, self.account_id, channel)
            if channel in rows:
                start_again(connection, rows[channel], event, self.now, changes)
            else:
                self._add(connection, usable[channel])
        _reopen(connection, event, changes)
        changes.store(connection)
        if self.entry is not None:
            labels = ", ".join(channel.label for channel in sorted(wanted))
            add_entry(connection, replace(self.entry, detail={"by": labels}), self.now)
        return len(wanted)

    def _add(self, connection: Connection, destination: DestinationView) -> None:
        """Send the event by a channel that it did not go by at first."""
        begin_delivery(connection, self.account_id, self.event_id, destination, self.now)


def _of(account_id: str, event_id: str) -> Any:
    return select(deliveries).where(
        deliveries.c.account_id == account_id,
        deliveries.c.event_id == event_id,
        deliveries.c.user_id.is_(None),
    )


def _event(connection: Connection, account_id: str, event_id: str) -> "_Event | None":
    query: Select[*tuple[Any, ...]] = select(*_EVENT).where(
        events.c.account_id == account_id, events.c.id == event_id
    )
    return connection.execute(query).one_or_none()


_EVENT = (
    events.c.account_id,
    events.c.id,
    events.c.category_id,
    events.c.status,
    events.c.created_at,
)


def _delivered(rows: dict[Channel, Row[Any]]) -> frozenset[Channel]:
    return frozenset(
        channel
        for channel, row in rows.items()
        if row.status is DeliveryStatus.DELIVERED or row.handed_on
    )


def start_again(
    connection: Connection,
    row: Row[Any],
    event: _Event,
    now: datetime,
    changes: Changes,
) -> None:
    """Begin the schedule of an event's delivery anew; one that is pending is only hurried."""
    here = (
        deliveries.c.account_id == row.account_id,
        deliveries.c.event_id == row.event_id,
        deliveries.c.id == row.id,
    )
    if row.status is DeliveryStatus.PENDING:
        # What is due already keeps its place among those that wait.
        hurried = (deliveries.c.lease_until.is_(None), deliveries.c.next_attempt_at > now)
        connection.execute(update(deliveries).where(*here, *hurried).values(next_attempt_at=now))
        return
    if row.status is DeliveryStatus.DELIVERED:
        changes.delivered(row.account_id, row.channel, event.created_at, row.delivered_at, -1)
    else:
        changes.failed(row.account_id, row.channel, event.created_at, -1)
    connection.execute(
        update(deliveries)
        .where(*here)
        .values(
            status=DeliveryStatus.PENDING,
            attempts=0,
            replays=deliveries.c.replays + 1,
            next_attempt_at=now,
            lease_until=None,
            handed_on=False,
            delivered_at=None,
            failed_at=None,
            failure=None,
            error=None,
            error_code=None,
        )
    )


def _reopen(connection: Connection, event: _Event, changes: Changes) -> None:
    note_changes(connection, [(event.account_id, event.id)])
    if event.status is EventStatus.PENDING:
        return
    here = (events.c.account_id == event.account_id, events.c.id == event.id)
    connection.execute(update(events).where(*here).values(status=EventStatus.PENDING))
    changes.moved(
        event.account_id, event.category_id, event.created_at, event.status, EventStatus.PENDING
    )


@dataclass(frozen=True, slots=True)
class Failures:
    """Which failed deliveries: of one account, failed in [since, until), by some channels."""

    account_id: str
    since: datetime
    until: datetime
    channels: frozenset[Channel] = frozenset(Channel)

    def query(self) -> Any:
        """Return the condition."""
        return (
            deliveries.c.account_id == self.account_id,
            deliveries.c.status == DeliveryStatus.FAILED,
            deliveries.c.handed_on.is_(False),  # another channel took it
            deliveries.c.failed_at >= self.since,
            deliveries.c.failed_at < self.until,
            deliveries.c.channel.in_(self.channels),
            deliveries.c.user_id.is_(None),
        )


@dataclass(frozen=True, slots=True)
class FailureCount:
    """How many deliveries can be replayed, of how many events.

    `held` is how many more failed by a channel that is off or not verified.
    """

    deliveries: int
    events: int
    held: int = 0


def count_failures(connection: Connection, failures: Failures) -> FailureCount:
    """Count those that can be replayed: their channels are on and verified."""
    ours = select(func.count(), func.count(deliveries.c.event_id.distinct()))
    usable = _by_usable_channel(connection, failures.account_id)
    count, events = connection.execute(ours.where(*failures.query(), usable)).one()
    every = connection.execute(select(func.count()).where(*failures.query())).scalar_one()
    return FailureCount(count, events, every - count)


def _by_usable_channel(connection: Connection, account_id: str) -> ColumnElement[bool]:
    found = list_destinations(connection, account_id)
    return deliveries.c.channel.in_([one.channel for one in found if one.enabled and one.ready])


@dataclass(frozen=True, slots=True)
class ReplayFailures(Op[int]):
    """Start some failed deliveries again, the longest failed first; answers how many.

    `mend` lets broken destinations be tried: once for a replay, not for each of its batches.
    """

    failures: Failures
    now: datetime
    mend: bool = True
    entry: Entry | None = None  # what the audit log is told, once, with the count of them all

    @property
    def account_id(self) -> str:
        """Return whose they are."""
        return self.failures.account_id

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[int]:
        """Replay a batch for each op."""
        return [op._replay(connection) for op in ops]

    def _replay(self, connection: Connection) -> int:
        query = (
            select(deliveries)
            .where(*self.failures.query(), _by_usable_channel(connection, self.account_id))
            .order_by(deliveries.c.failed_at)
            .limit(BATCH)
        )
        rows = connection.execute(query).all()
        if rows and self.entry is not None:
            self._note(connection, self.entry)
        for channel in {row.channel for row in rows} if self.mend else ():
            mark_mended(connection, self.account_id, channel)
        self._start(connection, rows)
        return len(rows)

    def _note(self, connection: Connection, entry: Entry) -> None:
        since, until = self.failures.since, self.failures.until
        detail: dict[str, str | int] = {
            "deliveries": count_failures(connection, self.failures).deliveries,
            "failed": f"{since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC",
            "by": ", ".join(channel.label for channel in sorted(self.failures.channels)),
        }
        add_entry(connection, replace(entry, detail=detail), self.now)

    def _start(self, connection: Connection, rows: Sequence[Row[Any]]) -> None:
        ids = {row.event_id for row in rows}
        query: Select[*tuple[Any, ...]] = select(*_EVENT).where(
            events.c.account_id == self.account_id, events.c.id.in_(list(ids))
        )
        found = {event.id: event for event in connection.execute(query)}
        changes = Changes()
        for row in rows:
            start_again(connection, row, found[row.event_id], self.now, changes)
        for event in found.values():
            _reopen(connection, event, changes)
        changes.store(connection)
