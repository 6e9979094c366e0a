"""Writing down what came of an attempt, and where that leaves delivery, event and destination."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, bindparam, func, select, tuple_, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, Outcome, settled
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.notice import NoticeKind, broken_text
from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.changes import note_changes
from pingpilot_app.storage.deliveries import KEY, THIS_DELIVERY, DeliveryKey
from pingpilot_app.storage.destinations import keep_news, mark_broken
from pingpilot_app.storage.fallback import hand_on_failed
from pingpilot_app.storage.message_edits import queue_claimed
from pingpilot_app.storage.notices import add_notice
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.tables import attempts, deliveries, events
from pingpilot_app.storage.writer import Op


@dataclass(frozen=True, slots=True)
class Recorded:
    """The answer: the event's status, whether its destination broke with this attempt, and
    whether the next channel was given the event.

    `is_claimed`: somebody has the event already, and the message does not say so yet.
    """

    status: EventStatus
    broke: bool = False
    handed_on: bool = False
    is_claimed: bool = False


@dataclass(frozen=True, slots=True)
class RecordAttempt(Op[Recorded]):
    """Write down one attempt and where it leaves the delivery.

    `created_at` is the event's; `attempt_id` is None where nothing was sent. `next_attempt_at` is
    set where the delivery stays PENDING. `state` and `new_address` are set where the provider told
    us something new about the destination; `breaks` where it takes nothing at this `address` any
    more. `user_id` is whose own copy it is, None for the account's deliveries.
    """

    attempt_id: str | None
    account_id: str
    event_id: str
    delivery_id: str
    destination_id: str
    channel: Channel
    address: str | None
    created_at: datetime
    attempts: int
    replay: int
    at: datetime
    ms: int
    outcome: Outcome
    status: DeliveryStatus
    failure: Failure | None = None
    provider_code: str | None = None
    message: str | None = None
    next_attempt_at: datetime | None = None
    state: Mapping[str, str] | None = None
    new_address: str | None = None
    breaks: bool = False
    user_id: str | None = None
    reference: str | None = None  # what the provider calls a message that can be edited

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[Recorded]:
        """Record all attempts, then settle the events they belong to."""
        tried = [op._attempt() for op in ops if op.attempt_id is not None]
        insert_rows(connection, attempts, _ATTEMPT, tried)
        changes = Changes()
        _count_final(connection, ops, changes)
        connection.execute(_MOVE, [op._move() for op in ops])
        broke = [op._tell_destination(connection) for op in ops]
        failed = [op._key for op in ops if op.status is DeliveryStatus.FAILED]
        handed_on = hand_on_failed(connection, failed, ops[0]._ended) if failed else set()
        claimed = queue_claimed(
            connection, {op._key: op._ended for op in ops if op.reference is not None}
        )
        statuses = _settle(connection, {(op.account_id, op.event_id) for op in ops}, changes)
        changes.store(connection)
        note_changes(connection, list(dict.fromkeys((op.account_id, op.event_id) for op in ops)))
        return [
            Recorded(
                statuses[op._key[:2]],
                broken,
                handed_on=op._key in handed_on,
                is_claimed=op._key in claimed,
            )
            for op, broken in zip(ops, broke, strict=True)
        ]

    @property
    def _key(self) -> DeliveryKey:
        return self.account_id, self.event_id, self.delivery_id

    def _attempt(self) -> tuple[Any, ...]:
        return (
            self.account_id,
            self.event_id,
            self.delivery_id,
            self.attempt_id,
            self.replay,
            self.at,
            self.outcome.value,
            self.failure.value if self.failure else None,
            self.provider_code,
            self.message,
            self.ms,
        )

    @property
    def _ended(self) -> datetime:
        return self.at + timedelta(milliseconds=self.ms)

    def _count(self, changes: Changes) -> None:
        """Count the delivery that is final with this attempt."""
        if self.status is DeliveryStatus.DELIVERED:
            changes.delivered(self.account_id, self.channel, self.created_at, self._ended)
        else:
            changes.failed(self.account_id, self.channel, self.created_at)

    def _move(self) -> dict[str, Any]:
        delivered = self.status is DeliveryStatus.DELIVERED
        return {
            "account": self.account_id,
            "event": self.event_id,
            "delivery": self.delivery_id,
            "round": self.replay,
            "new_status": self.status,
            "new_attempts": self.attempts,
            "new_next_attempt_at": self.next_attempt_at,
            "new_delivered_at": self._ended if delivered else None,
            "new_failed_at": self._ended if self.status is DeliveryStatus.FAILED else None,
            "new_failure": None if delivered else self.failure,
            "new_error": None if delivered else self.message,
            "new_error_code": None if delivered else self.provider_code,
            "new_reference": self.reference,
        }

    def _tell_destination(self, connection: Connection) -> bool:
        """Keep what was learned of the destination; tell whether it broke just now."""
        if self.state is not None or self.new_address is not None:
            keep_news(connection, self.destination_id, self.address, self.state, self.new_address)
        return self.breaks and self._break(connection)

    def _break(self, connection: Connection) -> bool:
        """Mark the destination broken and have its owner told."""
        words, failure = self.message or "refused", self.failure or Failure.OUR_FAULT
        here = self.destination_id, self.new_address or self.address
        label = mark_broken(connection, *here, failure, words, self.at)
        if label is None:
            return False
        own = self.user_id is not None
        text = broken_text(self.channel, label, failure, words, own=own)
        what = NoticeKind.BROKEN, self.channel, self.destination_id, text, self.at
        add_notice(connection, self.account_id, *what, user_id=self.user_id)
        return True


_ATTEMPT = (
    *("account_id", "event_id", "delivery_id", "id", "replay"),
    *("at", "outcome", "failure", "provider_code", "message", "ms"),
)

# A delivery that is final, or was started again, stays as it is, whatever a late worker reports.
_MOVE = (
    update(deliveries)
    .where(*THIS_DELIVERY, deliveries.c.replays == bindparam("round"))
    .values(
        status=bindparam("new_status"),
        attempts=bindparam("new_attempts"),
        next_attempt_at=bindparam("new_next_attempt_at"),
        lease_until=None,
        delivered_at=bindparam("new_delivered_at"),
        failed_at=bindparam("new_failed_at"),
        failure=bindparam("new_failure"),
        error=bindparam("new_error"),
        error_code=bindparam("new_error_code"),
        # What an earlier round sent can be edited until another message is there.
        reference=func.coalesce(bindparam("new_reference"), deliveries.c.reference),
    )
)


def _count_final(connection: Connection, ops: Sequence[RecordAttempt], changes: Changes) -> None:
    """Count the deliveries that these attempts will end: as `_MOVE`, only those still pending."""
    # Of two reports of one delivery the first moves it.
    ours = [op for op in reversed(ops) if op.user_id is None]
    ends = [op for op in ours if op.status is not DeliveryStatus.PENDING]
    final = {(*op._key, op.replay): op for op in ends}
    if not final:
        return
    keys = {"keys": [key[:3] for key in final]}
    for key in connection.execute(_STILL_PENDING, keys):
        if (op := final.get(tuple(key))) is not None:
            op._count(changes)


_STILL_PENDING = select(*KEY, deliveries.c.replays).where(
    tuple_(*KEY).in_(bindparam("keys", expanding=True)),
    deliveries.c.status == DeliveryStatus.PENDING,
)

_Events = set[tuple[str, str]]


def _settle(
    connection: Connection, events: _Events, changes: Changes
) -> dict[tuple[str, str], EventStatus]:
    """Set the status of these (account, event) whose deliveries are all final; return all."""
    found: dict[tuple[str, str], list[DeliveryStatus]] = {one: [] for one in events}
    for account_id, event_id, status in connection.execute(_STATUSES, {"events": list(events)}):
        found[account_id, event_id].append(status)
    statuses = {one: settled(deliveries) for one, deliveries in found.items()}
    for after in (EventStatus.DELIVERED, EventStatus.FAILED):
        moving = [one for one, status in statuses.items() if status is after]
        if moving:
            moved = connection.execute(_SETTLE, {"events": moving, "to": after}).all()
            for account_id, _, category_id, created_at in moved:
                changes.moved(account_id, category_id, created_at, EventStatus.PENDING, after)
    return statuses


# Built once: building a statement costs more than running it.
_EVENT_KEY = (deliveries.c.account_id, deliveries.c.event_id)
_STATUSES = select(*_EVENT_KEY, deliveries.c.status).where(
    tuple_(*_EVENT_KEY).in_(bindparam("events", expanding=True)),
    deliveries.c.handed_on.is_(False),
    deliveries.c.user_id.is_(None),  # members' copies are nobody's affair but theirs
)
_SETTLE = (
    update(events)
    .where(
        tuple_(events.c.account_id, events.c.id).in_(bindparam("events", expanding=True)),
        events.c.status == EventStatus.PENDING,
    )
    .values(status=bindparam("to"))
    .returning(events.c.account_id, events.c.id, events.c.category_id, events.c.created_at)
)
