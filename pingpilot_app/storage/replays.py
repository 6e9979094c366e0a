"""Sending again: one event, or all that failed since a moment. It never counts against the quota.

A replay starts a delivery's schedule anew; its earlier attempts stay in the log. It also lets a
broken destination be tried again: the first message shows whether it was mended.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, Invalid, NotFound, PingPilotError
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.destinations import (
    DestinationView,
    list_destinations,
    mark_mended,
)
from pingpilot_app.storage.tables import deliveries, events
from pingpilot_app.storage.writer import Op

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

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[int | PingPilotError]:
        """Replay for each op in turn."""
        return [op._replay(connection) for op in ops]

    def _replay(self, connection: Connection) -> int | PingPilotError:
        rows = {row.channel: row for row in connection.execute(_of(self.account_id, self.event_id))}
        if not rows and not _exists(connection, self.account_id, self.event_id):
            return NotFound("There is no event with this id in your account.")
        wanted = self.channels if self.channels is not None else frozenset(rows)
        if self.channels is None or not self.again:
            wanted -= _delivered(rows)
        if not wanted:
            return Conflict("It has arrived there. Name the channels to send it a second time.")
        return self._start(connection, rows, wanted)

    def _start(
        self, connection: Connection, rows: dict[Channel, Row[Any]], wanted: frozenset[Channel]
    ) -> int | PingPilotError:
        usable = {one.channel: one for one in list_destinations(connection, self.account_id)}
        for channel in sorted(wanted):
            if not (usable[channel].enabled and usable[channel].ready):
                return Invalid(
                    f"{channel.label} is switched off or not verified. "
                    "Mend it under Channels, then replay."
                )
        for channel in sorted(wanted):
            mark_mended(connection, self.account_id, channel)
            if channel in rows:
                start_again(connection, rows[channel], self.now)
            else:
                self._add(connection, usable[channel])
        _reopen(connection, self.account_id, self.event_id)
        return len(wanted)

    def _add(self, connection: Connection, destination: DestinationView) -> None:
        """Send the event by a channel that it did not go by at first."""
        connection.execute(
            insert(deliveries).values(
                account_id=self.account_id,
                event_id=self.event_id,
                id=new_id("dlv"),
                destination_id=destination.id,
                channel=destination.channel,
                status=DeliveryStatus.PENDING,
                attempts=0,
                replays=0,
                next_attempt_at=self.now,
            )
        )


def _of(account_id: str, event_id: str) -> Any:
    return select(deliveries).where(
        deliveries.c.account_id == account_id, deliveries.c.event_id == event_id
    )


def _exists(connection: Connection, account_id: str, event_id: str) -> bool:
    here = (events.c.account_id == account_id, events.c.id == event_id)
    return connection.execute(select(events.c.id).where(*here)).first() is not None


def _delivered(rows: dict[Channel, Row[Any]]) -> frozenset[Channel]:
    return frozenset(
        channel for channel, row in rows.items() if row.status is DeliveryStatus.DELIVERED
    )


def start_again(connection: Connection, row: Row[Any], now: datetime) -> None:
    """Begin a delivery's schedule anew; one that is pending is only hurried."""
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
    connection.execute(
        update(deliveries)
        .where(*here)
        .values(
            status=DeliveryStatus.PENDING,
            attempts=0,
            replays=deliveries.c.replays + 1,
            next_attempt_at=now,
            lease_until=None,
            delivered_at=None,
            failed_at=None,
            failure=None,
            error=None,
            error_code=None,
        )
    )


def _reopen(connection: Connection, account_id: str, event_id: str) -> None:
    here = (events.c.account_id == account_id, events.c.id == event_id)
    connection.execute(update(events).where(*here).values(status=EventStatus.PENDING))


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
            deliveries.c.failed_at >= self.since,
            deliveries.c.failed_at < self.until,
            deliveries.c.channel.in_(self.channels),
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
        for channel in {row.channel for row in rows} if self.mend else ():
            mark_mended(connection, self.account_id, channel)
        for row in rows:
            start_again(connection, row, self.now)
            _reopen(connection, self.account_id, row.event_id)
        return len(rows)
