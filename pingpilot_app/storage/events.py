"""Events as they are read: with their category, claim, deliveries and attempts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, exists, func, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue, Outcome
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.response import Whose
from pingpilot_app.domain.search import words_of
from pingpilot_app.storage.claims import ClaimView, claims_of
from pingpilot_app.storage.deliveries import CATEGORY_OF_EVENT
from pingpilot_app.storage.outages import WHOLE, OutageView, list_outages
from pingpilot_app.storage.planner import rarely
from pingpilot_app.storage.search import Asked, find_events
from pingpilot_app.storage.tables import attempts, categories, claims, deliveries, events


@dataclass(frozen=True, slots=True)
class AttemptView:
    """One try; `ms` is how long the provider took."""

    replay: int
    at: datetime
    outcome: Outcome
    failure: Failure | None
    provider_code: str | None
    message: str | None
    ms: int


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """The event on its way by one channel. `log` is filled for a single event alone."""

    id: str
    channel: Channel
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    failure: Failure | None
    error: str | None
    error_code: str | None
    log: tuple[AttemptView, ...] = ()
    outage: OutageView | None = None  # why it is not tried before `next_attempt_at`


@dataclass(frozen=True, slots=True)
class EventView:
    """An event with the account's deliveries, in the order of the channels.

    Members' copies of it are in copies.py.
    """

    id: str
    category: str
    emoji: str | None
    color: int
    description: str
    fields: Mapping[str, FieldValue]
    status: EventStatus
    created_at: datetime
    deliveries: tuple[DeliveryView, ...] = ()
    claim: ClaimView | None = None  # who is on it, or has resolved it


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to list; None everywhere means all. `before` and `after` are events' ids.

    With a channel, `status` is that of the delivery by it, not of the event as a whole. `user_id`
    is who asks, for `Whose.MINE` alone.
    """

    category: str | None = None
    status: EventStatus | None = None
    channel: Channel | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str | None = None
    before: str | None = None
    after: str | None = None
    ids: frozenset[str] | None = None
    whose: Whose | None = None
    user_id: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class EventPage:
    """Some events, newest first; `cursor` leads on, None at the end."""

    events: list[EventView] = field(default_factory=list)
    cursor: str | None = None


_COLUMNS = (
    events.c.id,
    categories.c.name.label("category"),
    categories.c.emoji,
    categories.c.color,
    events.c.description,
    events.c.fields,
    events.c.status,
    events.c.created_at,
)


def list_events(connection: Connection, account_id: str, wanted: EventFilter) -> EventPage:
    """Return the account's events that match, newest first."""
    rows = _rows(connection, account_id, wanted, wanted.limit + 1)
    more = len(rows) > wanted.limit
    rows = rows[: wanted.limit]
    return EventPage(_with_deliveries(connection, account_id, rows), rows[-1].id if more else None)


def count_events(connection: Connection, account_id: str, wanted: EventFilter) -> int:
    """Return how many of the account's events match, counted up to the filter's limit."""
    return len(_rows(connection, account_id, wanted, wanted.limit))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The ids of the events just before and after one, None at the ends."""

    newer: str | None
    older: str | None


def get_neighbours(connection: Connection, account_id: str, event_id: str) -> Neighbours:
    """Return the account's events around this one, which need not exist."""
    ids = select(events.c.id).where(events.c.account_id == account_id).limit(1)
    newer = ids.where(events.c.id > event_id).order_by(events.c.id)
    older = ids.where(events.c.id < event_id).order_by(events.c.id.desc())
    return Neighbours(connection.scalar(newer), connection.scalar(older))


def get_event(connection: Connection, account_id: str, event_id: str) -> EventView:
    """Return one event with the log of every delivery. Raises NotFound."""
    query = (
        select(*_COLUMNS)
        .join(categories, CATEGORY_OF_EVENT)
        .where(events.c.account_id == account_id, events.c.id == event_id)
    )
    rows = connection.execute(query).all()
    if not rows:
        raise NotFound("There is no event with this id in your account.")
    log = _log(connection, account_id, event_id)
    return _with_deliveries(connection, account_id, rows, log)[0]


def events_by_id(connection: Connection, account_id: str, ids: Sequence[str]) -> list[EventView]:
    """Return these events of the account, those that are still there, in this order."""
    query = (
        select(*_COLUMNS)
        .join(categories, CATEGORY_OF_EVENT)
        .where(events.c.account_id == account_id, events.c.id.in_(ids))
    )
    found = {row.id: row for row in connection.execute(query)}
    rows = [found[one] for one in ids if one in found]
    return _with_deliveries(connection, account_id, rows)


def _rows(
    connection: Connection, account_id: str, wanted: EventFilter, limit: int
) -> Sequence[Row[Any]]:
    query, few = _matching(account_id, wanted), _few(connection, account_id, wanted)
    if few is not None:
        query = query.where(events.c.id.in_(few))
    if few == []:
        return []
    if wanted.text and wanted.text.strip():
        words = words_of(wanted.text)
        category_id = _category_id(connection, account_id, wanted.category)
        times = (wanted.since, wanted.until, wanted.before, wanted.after)
        return find_events(connection, query, Asked(account_id, words, category_id, *times), limit)
    return connection.execute(query.limit(limit)).all()


def _few(connection: Connection, account_id: str, wanted: EventFilter) -> list[str] | None:
    """Return the events that have a delivery of the wanted status where they are few, else None.

    Or a page that is not full would have read all events, to find that no more of them have it.
    """
    if wanted.status not in _RARE:
        return None
    of_status = select(deliveries.c.event_id).where(*_RARE[wanted.status](account_id))
    found = connection.execute(of_status.limit(FEW + 1)).scalars().all()
    return list(set(found)) if len(found) <= FEW else None


def _pending(account_id: str) -> tuple[ColumnElement[bool], ...]:
    """Let the index of what is due lead, not the account: it has no others."""
    return (
        deliveries.c.status == DeliveryStatus.PENDING,
        deliveries.c.channel.in_(list(Channel)),
        func.coalesce(deliveries.c.account_id, "") == account_id,
    )


def _failed(account_id: str) -> tuple[ColumnElement[bool], ...]:
    """Let the index of what has failed lead: it goes by account and time."""
    return (
        deliveries.c.status == DeliveryStatus.FAILED,
        deliveries.c.account_id == account_id,
        deliveries.c.failed_at > _BEGINNING,
    )


FEW = 1_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_RARE = {EventStatus.PENDING: _pending, EventStatus.FAILED: _failed}


def _category_id(connection: Connection, account_id: str, name: str | None) -> str | None:
    if name is None:
        return None
    here = (categories.c.account_id == account_id, categories.c.name == name.lower())
    return connection.execute(select(categories.c.id).where(*here)).scalar_one_or_none()


def _matching(account_id: str, wanted: EventFilter) -> Select[Any]:
    query = (
        select(*_COLUMNS)
        .join(categories, CATEGORY_OF_EVENT)
        .where(events.c.account_id == account_id)
    )
    id_: ColumnElement[str] = events.c.id
    if wanted.whose in (Whose.MINE, Whose.RESOLVED):
        id_, query = claims.c.event_id, _claimed(query, account_id, wanted)
    elif wanted.whose is Whose.UNCLAIMED:
        query = query.where(~exists().where(*_CLAIM_OF_EVENT))
    query = query.order_by(id_.desc())
    given = [*_of_kind(wanted), *_at_place(wanted, id_)]
    if wanted.since:
        given.append(events.c.created_at >= wanted.since)
    if wanted.until:
        given.append(events.c.created_at < wanted.until)
    return query.where(*given)


_CLAIM_OF_EVENT = (claims.c.account_id == events.c.account_id, claims.c.event_id == events.c.id)


def _claimed(query: Select[Any], account_id: str, wanted: EventFilter) -> Select[Any]:
    """Let the claims lead, newest event first: among a million events they are few."""
    query = query.join(claims, and_(*_CLAIM_OF_EVENT)).where(claims.c.account_id == account_id)
    if wanted.whose is Whose.RESOLVED:
        return query.where(rarely(claims.c.resolved_at.is_not(None)))
    mine = rarely(claims.c.user_id == (wanted.user_id or ""))
    return query.where(mine, claims.c.resolved_at.is_(None))


def _of_kind(wanted: EventFilter) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if wanted.category:
        given.append(categories.c.name == wanted.category.lower())
    if wanted.channel:
        given.append(_has_delivery(wanted.channel, wanted.status))
    elif wanted.status:
        given.append(events.c.status == wanted.status)
    return given


def _at_place(wanted: EventFilter, id_: ColumnElement[str]) -> list[ColumnElement[bool]]:
    given: list[ColumnElement[bool]] = []
    if wanted.before:
        given.append(id_ < wanted.before)
    if wanted.after:
        given.append(id_ > wanted.after)
    if wanted.ids is not None:
        given.append(id_.in_(wanted.ids))
    return given


def _has_delivery(channel: Channel, status: EventStatus | None) -> ColumnElement[bool]:
    given = [
        deliveries.c.account_id == events.c.account_id,
        deliveries.c.event_id == events.c.id,
        deliveries.c.channel == channel,
        deliveries.c.user_id.is_(None),
    ]
    if status:
        given.append(deliveries.c.status == DeliveryStatus(status.value))
    return exists().where(*given)


def _with_deliveries(
    connection: Connection,
    account_id: str,
    rows: Sequence[Row[*tuple[Any, ...]]],
    log: Mapping[str, list[AttemptView]] | None = None,
) -> list[EventView]:
    found: dict[str, list[DeliveryView]] = {row.id: [] for row in rows}
    query = (
        select(deliveries)
        .where(deliveries.c.account_id == account_id, deliveries.c.event_id.in_(list(found)))
        .where(deliveries.c.user_id.is_(None))
        .order_by(deliveries.c.id)
    )
    outages = list_outages(connection, account_id)
    for row in connection.execute(query):
        found[row.event_id].append(_delivery(row, (log or {}).get(row.id, []), outages))
    claimed = claims_of(connection, account_id, list(found))
    return [
        EventView(**row._mapping, deliveries=tuple(found[row.id]), claim=claimed.get(row.id))
        for row in rows
    ]


def _delivery(
    row: Row[*tuple[Any, ...]], log: list[AttemptView], outages: list[OutageView]
) -> DeliveryView:
    outage = _outage_of(row, outages)
    next_attempt_at = row.next_attempt_at
    if outage is not None and next_attempt_at is not None:
        next_attempt_at = max(next_attempt_at, outage.retry_at)
    return DeliveryView(
        id=row.id,
        channel=row.channel,
        status=row.status,
        attempts=row.attempts,
        next_attempt_at=next_attempt_at,
        delivered_at=row.delivered_at,
        failure=row.failure,
        error=row.error,
        error_code=row.error_code,
        log=tuple(log),
        outage=outage,
    )


def _outage_of(row: Row[*tuple[Any, ...]], outages: list[OutageView]) -> OutageView | None:
    if row.status is not DeliveryStatus.PENDING:
        return None
    places = (WHOLE, row.destination_id)
    here = [one for one in outages if one.channel is row.channel and one.destination_id in places]
    return max(here, key=lambda one: one.retry_at, default=None)


def _log(connection: Connection, account_id: str, event_id: str) -> dict[str, list[AttemptView]]:
    query = (
        select(
            attempts.c.delivery_id,
            attempts.c.replay,
            attempts.c.at,
            attempts.c.outcome,
            attempts.c.failure,
            attempts.c.provider_code,
            attempts.c.message,
            attempts.c.ms,
        )
        .where(attempts.c.account_id == account_id, attempts.c.event_id == event_id)
        .order_by(attempts.c.id)
    )
    log: dict[str, list[AttemptView]] = {}
    for delivery_id, *attempt in connection.execute(query):
        log.setdefault(delivery_id, []).append(AttemptView(*attempt))
    return log
