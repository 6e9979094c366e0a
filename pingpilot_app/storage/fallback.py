"""One channel after the other: where one does not take an event, the next one gets it.

Off unless the account has chosen an order. What is handed on is final, as FAILED, so that the
event arrives once; it does not count for the event's status.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    or_,
    select,
    tuple_,
    update,
)

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.fallback import PATIENCE
from pingpilot_app.domain.ids import id_at
from pingpilot_app.storage.deliveries import KEY, DeliveryKey, begin_delivery
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.tables import accounts, deliveries, events

_BATCH = 200  # late deliveries that one look hands on


def set_fallback(connection: Connection, account_id: str, order: Sequence[Channel] | None) -> None:
    """Use the channels one after the other, or all at once (None)."""
    chosen = None if order is None else [channel.value for channel in order]
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(fallback=chosen))


def fallback_of(connection: Connection, account_id: str) -> tuple[Channel, ...] | None:
    """Return the order of the account's channels, None where all are used at once."""
    query = select(accounts.c.fallback).where(accounts.c.id == account_id)
    order = connection.execute(query).scalar_one_or_none()
    return tuple(Channel(name) for name in order) if order else None


def who_chose(connection: Connection) -> Sequence[str]:
    """Return the accounts that use their channels one after the other."""
    query = select(accounts.c.id).where(accounts.c.fallback.is_not(None))
    return connection.execute(query.where(accounts.c.removed_at.is_(None))).scalars().all()


def first_in(
    destinations: Sequence[DestinationView], order: Sequence[Channel]
) -> list[DestinationView]:
    """Return where an event goes at first: the first in order that is not broken."""
    ranked = sorted(destinations, key=lambda one: order.index(one.channel))
    return next(([one] for one in ranked if one.obstacle is None), ranked[:1])


def hand_on_failed(
    connection: Connection, keys: Collection[DeliveryKey], now: datetime
) -> set[DeliveryKey]:
    """Give what has failed for good to the next channels; return which of `keys` were handed on."""
    if not keys:
        return set()
    failed = _of_those_who_chose().where(
        tuple_(*KEY).in_(keys),
        deliveries.c.status == DeliveryStatus.FAILED,
        deliveries.c.handed_on.is_(False),
    )
    rows = connection.execute(failed).all()
    return {_key(row) for row in rows if _hand_on(connection, row, now)}


def hand_on_late(connection: Connection, now: datetime) -> set[str]:
    """Give what a channel has not taken in time to the next one; return whose they were.

    What is being sent just now, and what was replayed, is left alone.
    """
    changes, late = Changes(), set()
    for account_id in who_chose(connection):
        for row in connection.execute(_late(account_id, now)).all():
            if _hand_on(connection, row, now, **_GIVEN_UP):
                changes.failed(account_id, row.channel, row.created_at)
                late.add(account_id)
    changes.store(connection)
    return late


_GIVEN_UP = {
    "status": DeliveryStatus.FAILED,
    "failure": Failure.HANDED_ON,
    "error": "not taken in time, so the next channel was used",
    "next_attempt_at": None,
    "lease_until": None,
}


def _of_those_who_chose() -> Select[Any]:
    event = and_(
        events.c.account_id == deliveries.c.account_id, events.c.id == deliveries.c.event_id
    )
    columns = (*KEY, deliveries.c.channel, events.c.created_at, accounts.c.fallback)
    query = select(*columns).join(accounts, accounts.c.id == deliveries.c.account_id)
    return query.join(events, event).where(
        accounts.c.fallback.is_not(None), deliveries.c.user_id.is_(None)
    )


def _late(account_id: str, now: datetime) -> Select[Any]:
    waiting = (
        deliveries.c.account_id == account_id,
        deliveries.c.status == DeliveryStatus.PENDING,
        deliveries.c.channel.in_(list(Channel)),  # leads into the index of what is due
        deliveries.c.id < id_at("dlv", now - PATIENCE),
        deliveries.c.replays == 0,
        _is_free(now),
    )
    return _of_those_who_chose().where(*waiting).limit(_BATCH)


def _is_free(now: datetime) -> ColumnElement[bool]:
    return or_(deliveries.c.lease_until.is_(None), deliveries.c.lease_until < now)


def _hand_on(connection: Connection, row: Row[Any], now: datetime, **given_up: Any) -> bool:
    """Add the delivery by the next channel, if there is one, and mark this one."""
    following = _next(connection, row)
    if following is None:
        return False
    ended = {"failed_at": now} if given_up else {}
    connection.execute(
        update(deliveries).where(*_is(row)).values(handed_on=True, **given_up, **ended)
    )
    begin_delivery(connection, row.account_id, row.event_id, following, now)
    return True


def _next(connection: Connection, row: Row[Any]) -> DestinationView | None:
    """Return the next channel in order that works and has not had the event."""
    order = [Channel(name) for name in row.fallback]
    had = select(deliveries.c.channel).where(
        deliveries.c.account_id == row.account_id,
        deliveries.c.event_id == row.event_id,
        deliveries.c.user_id.is_(None),
    )
    tried = set(connection.execute(had).scalars())
    usable = {
        one.channel: one
        for one in list_destinations(connection, row.account_id)
        if one.obstacle is None and one.channel not in tried
    }
    return next((usable[channel] for channel in order if channel in usable), None)


def _is(row: Row[Any]) -> tuple[ColumnElement[bool], ...]:
    return tuple(column == value for column, value in zip(KEY, _key(row), strict=True))


def _key(row: Row[Any]) -> DeliveryKey:
    return row.account_id, row.event_id, row.id
