"""Messages at providers that have to say something new, such as who has the event.

claims.py queues them with each claim; what is queued again meanwhile stays for another turn.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, delete, func, insert, select, tuple_, update

from pingpilot_app.domain.event import FieldValue
from pingpilot_app.domain.message.message import Standing
from pingpilot_app.storage.claims import ClaimView, claims_of
from pingpilot_app.storage.deliveries import CATEGORY_OF_EVENT
from pingpilot_app.storage.destinations import DESTINATION, DestinationView, view_of
from pingpilot_app.storage.tables import (
    categories,
    claims,
    deliveries,
    destinations,
    events,
    message_edits,
)

EditKey = tuple[str, str, str]  # account, event, delivery


@dataclass(frozen=True, slots=True)
class Shown:
    """An event as its messages show it now."""

    account_id: str
    event_id: str
    category: str
    emoji: str | None
    color: int
    acknowledge: bool
    description: str
    fields: Mapping[str, FieldValue]
    created_at: datetime
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class EditView:
    """A message that is due to be edited.

    `reference` is the provider's; `destination` None: the message cannot be reached any more, for
    the destination is gone or leads elsewhere by now.
    """

    key: EditKey
    due_at: datetime
    attempts: int
    shown: Shown
    reference: str
    destination: DestinationView | None


def standing_of(claim: ClaimView | None) -> Standing | None:
    """Return what messages say of a claim."""
    return Standing(claim.name, claim.resolved_by, claim.note) if claim else None


def queue_claimed(connection: Connection, arrived: Mapping[EditKey, datetime]) -> set[EditKey]:
    """Queue those messages that arrived when somebody had the event already; return which."""
    if not arrived:
        return set()
    found = connection.execute(_CLAIMED, {"events": list({key[:2] for key in arrived})})
    claimed = {tuple(row) for row in found}
    late = {key: at for key, at in arrived.items() if key[:2] in claimed}
    if late:
        connection.execute(delete(message_edits).where(_KEY.in_(list(late))))
        rows = [_row(key, at) for key, at in late.items()]
        connection.execute(insert(message_edits), rows)
    return set(late)


_EVENT = (claims.c.account_id, claims.c.event_id)
_CLAIMED = select(*_EVENT).where(tuple_(*_EVENT).in_(bindparam("events", expanding=True)))
_KEY = tuple_(message_edits.c.account_id, message_edits.c.event_id, message_edits.c.delivery_id)


def _row(key: EditKey, due_at: datetime) -> dict[str, Any]:
    account_id, event_id, delivery_id = key
    named = {"account_id": account_id, "event_id": event_id, "delivery_id": delivery_id}
    return {**named, "due_at": due_at, "attempts": 0}


def due_edits(connection: Connection, now: datetime, limit: int) -> list[EditView]:
    """Return what is due, the longest due first."""
    query = (
        select(message_edits, deliveries.c.reference, deliveries.c.delivered_at, *DESTINATION)
        .join(
            deliveries,
            and_(
                deliveries.c.account_id == message_edits.c.account_id,
                deliveries.c.event_id == message_edits.c.event_id,
                deliveries.c.id == message_edits.c.delivery_id,
            ),
        )
        .outerjoin(destinations, destinations.c.id == deliveries.c.destination_id)
        .where(message_edits.c.due_at <= now)
        .order_by(message_edits.c.due_at)
        .limit(limit)
    )
    rows = connection.execute(query).all()
    shown = shown_events(connection, {(row.account_id, row.event_id) for row in rows})
    return [_view(row, shown[row.account_id, row.event_id]) for row in rows]


def _view(row: Any, shown: Shown) -> EditView:
    account_id, event_id, delivery_id, due_at, attempts, reference, delivered_at, *columns = row
    found = view_of(columns) if columns[0] is not None else None
    # A chat's numbers mean other messages in another chat.
    here = found and found.verified_at and delivered_at and found.verified_at <= delivered_at
    destination = found if here and reference is not None else None
    key = (account_id, event_id, delivery_id)
    return EditView(key, due_at, attempts, shown, reference or "", destination)


def shown_events(
    connection: Connection, which: Collection[tuple[str, str]]
) -> dict[tuple[str, str], Shown]:
    """Return those of these (account, event) that there are, as their messages show them."""
    key = (events.c.account_id, events.c.id)
    query = (
        select(
            *(events.c.account_id, events.c.id),
            *(categories.c.name, categories.c.emoji, categories.c.color, categories.c.acknowledge),
            *(events.c.description, events.c.fields, events.c.created_at),
        )
        .join(categories, CATEGORY_OF_EVENT)
        .where(tuple_(*key).in_(list(which)))
    )
    had: dict[str, ClaimView] = {}
    for account_id in {account_id for account_id, _ in which}:
        had |= claims_of(
            connection, account_id, [event for one, event in which if one == account_id]
        )
    rows = connection.execute(query)
    return {(row[0], row[1]): Shown(*row, standing=standing_of(had.get(row[1]))) for row in rows}


def next_edit(connection: Connection) -> datetime | None:
    """Return when the next one is due."""
    return connection.execute(select(func.min(message_edits.c.due_at))).scalar()


def finish_edits(
    connection: Connection,
    done: Sequence[EditView],
    later: Sequence[tuple[EditView, datetime, int]],
) -> None:
    """Forget what is done with; put off the rest, each with its new `due_at` and `attempts`.

    What was queued anew since it was read stays as it is.
    """
    for edit in done:
        connection.execute(delete(message_edits).where(*_unchanged(edit)))
    for edit, due_at, attempts in later:
        moved = {"due_at": due_at, "attempts": attempts}
        connection.execute(update(message_edits).where(*_unchanged(edit)).values(**moved))


def _unchanged(edit: EditView) -> tuple[Any, ...]:
    account_id, event_id, delivery_id = edit.key
    return (
        message_edits.c.account_id == account_id,
        message_edits.c.event_id == event_id,
        message_edits.c.delivery_id == delivery_id,
        message_edits.c.due_at == edit.due_at,
    )
