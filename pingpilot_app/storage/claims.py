"""Who is on an event, and what is said of it.

Whatever changes here is told to streams (changes.py), to the messages at providers that show it
(message_edit), and to who is mentioned (mentions.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, literal, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, NotFound
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.response import CommentKind, Responder
from pingpilot_app.storage.changes import note_changes
from pingpilot_app.storage.mentions import tell_mentioned
from pingpilot_app.storage.tables import (
    claims,
    comments,
    deliveries,
    escalations,
    events,
    message_edits,
)

COMMENTS_MAX = 500  # of one event
EDITABLE = (Channel.DISCORD, Channel.TELEGRAM)  # messages that can say something new later


@dataclass(frozen=True, slots=True)
class ClaimView:
    """Who has an event; `user_id` None: known by a channel alone. `note` comes with the end."""

    event_id: str
    user_id: str | None
    name: str
    at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    note: str | None


@dataclass(frozen=True, slots=True)
class CommentView:
    """One entry of the conversation about an event."""

    id: str
    kind: CommentKind
    user_id: str | None
    name: str
    at: datetime
    text: str


_CLAIM = tuple(claims.c[name] for name in ClaimView.__slots__)
_COMMENT = tuple(comments.c[name] for name in CommentView.__slots__)


def claims_of(
    connection: Connection, account_id: str, event_ids: Sequence[str]
) -> dict[str, ClaimView]:
    """Return who has which of these events."""
    here = (claims.c.account_id == account_id, claims.c.event_id.in_(event_ids))
    rows = connection.execute(select(*_CLAIM).where(*here))
    return {row.event_id: ClaimView(*row) for row in rows}


def list_comments(connection: Connection, account_id: str, event_id: str) -> list[CommentView]:
    """Return the conversation about an event, the oldest first."""
    here = (comments.c.account_id == account_id, comments.c.event_id == event_id)
    query = select(*_COMMENT).where(*here).order_by(comments.c.id)
    return [CommentView(*row) for row in connection.execute(query)]


def claim(
    connection: Connection, account_id: str, event_id: str, who: Responder, now: datetime
) -> ClaimView:
    """Say that somebody is on it, in the place of whoever was; who has it already keeps it.

    Raises NotFound, and Conflict where it is resolved.
    """
    found = _claim_of(connection, account_id, event_id)
    if found is not None and found.resolved_at is not None:
        raise Conflict(f"{found.resolved_by} has resolved this. Reopen it first.")
    if found is not None and (found.user_id, found.name) == (who.user_id, who.name):
        return found
    _put_claim(connection, account_id, event_id, who, now)
    _note(connection, account_id, event_id, CommentKind.CLAIMED, who, now)
    return _told(connection, account_id, event_id)


def claim_free(
    connection: Connection, account_id: str, event_id: str, who: Responder, now: datetime
) -> ClaimView:
    """Say that somebody is on it where nobody is; else whoever has it keeps it.

    Raises NotFound.
    """
    found = _claim_of(connection, account_id, event_id)
    return found or claim(connection, account_id, event_id, who, now)


def release(
    connection: Connection, account_id: str, event_id: str, who: Responder, now: datetime
) -> None:
    """Say that nobody is on it any more. Raises NotFound, Conflict."""
    found = _claim_of(connection, account_id, event_id)
    if found is None:
        return
    if found.resolved_at is not None:
        raise Conflict(f"{found.resolved_by} has resolved this. Reopen it first.")
    _drop_claim(connection, account_id, event_id)
    _note(connection, account_id, event_id, CommentKind.RELEASED, who, now)


def resolve(
    connection: Connection,
    account_id: str,
    event_id: str,
    who: Responder,
    now: datetime,
    *,
    note: str = "",
) -> ClaimView:
    """Say that it is done, and how. Raises NotFound, and Conflict where it was said already."""
    found = _claim_of(connection, account_id, event_id)
    if found is not None and found.resolved_at is not None:
        raise Conflict(f"{found.resolved_by} has resolved this already.")
    if found is None:
        _put_claim(connection, account_id, event_id, who, now)
    done = {"resolved_at": now, "resolved_by": who.name, "note": note or None}
    connection.execute(update(claims).where(*_here(account_id, event_id)).values(done))
    _note(connection, account_id, event_id, CommentKind.RESOLVED, who, now, note)
    tell_mentioned(connection, account_id, event_id, who, note, now)
    return _told(connection, account_id, event_id)


def reopen(
    connection: Connection, account_id: str, event_id: str, who: Responder, now: datetime
) -> None:
    """Say that it is not done after all; nobody has it then. Raises NotFound."""
    found = _claim_of(connection, account_id, event_id)
    if found is None or found.resolved_at is None:
        return
    _drop_claim(connection, account_id, event_id)
    _note(connection, account_id, event_id, CommentKind.REOPENED, who, now)


def add_comment(
    connection: Connection, account_id: str, event_id: str, who: Responder, text: str, now: datetime
) -> None:
    """Say something about an event. Raises NotFound, and Conflict where too much was said."""
    _claim_of(connection, account_id, event_id)  # raises NotFound
    if len(list_comments(connection, account_id, event_id)) >= COMMENTS_MAX:
        raise Conflict(f"An event takes {COMMENTS_MAX} comments, and this one has them.")
    _write(connection, account_id, event_id, CommentKind.COMMENT, who, now, text)
    note_changes(connection, [(account_id, event_id)])
    tell_mentioned(connection, account_id, event_id, who, text, now)


def note_escalated(
    connection: Connection, account_id: str, event_id: str, text: str, now: datetime
) -> None:
    """Write down that nobody claimed it in time, and who was told."""
    who = Responder("PingPilot")
    _write(connection, account_id, event_id, CommentKind.ESCALATED, who, now, text)
    note_changes(connection, [(account_id, event_id)])


def _claim_of(connection: Connection, account_id: str, event_id: str) -> ClaimView | None:
    """Return who has the event, and keep the event as it is. Raises NotFound."""
    query = select(events.c.id).where(events.c.account_id == account_id, events.c.id == event_id)
    if connection.execute(query.with_for_update(key_share=True)).first() is None:
        raise NotFound("There is no event with this id in your account.")
    return claims_of(connection, account_id, [event_id]).get(event_id)


def _told(connection: Connection, account_id: str, event_id: str) -> ClaimView:
    return claims_of(connection, account_id, [event_id])[event_id]


def _put_claim(
    connection: Connection, account_id: str, event_id: str, who: Responder, now: datetime
) -> None:
    _drop_claim(connection, account_id, event_id)
    key = {"account_id": account_id, "event_id": event_id}
    connection.execute(insert(claims).values(**key, user_id=who.user_id, name=who.name, at=now))
    waiting = (escalations.c.account_id == account_id, escalations.c.event_id == event_id)
    connection.execute(delete(escalations).where(*waiting))


def _drop_claim(connection: Connection, account_id: str, event_id: str) -> None:
    connection.execute(delete(claims).where(*_here(account_id, event_id)))


def _here(account_id: str, event_id: str) -> tuple[ColumnElement[bool], ...]:
    return claims.c.account_id == account_id, claims.c.event_id == event_id


def _note(
    connection: Connection,
    account_id: str,
    event_id: str,
    kind: CommentKind,
    who: Responder,
    now: datetime,
    text: str = "",
) -> None:
    """Write down what somebody did with the event, and have its messages say so."""
    _write(connection, account_id, event_id, kind, who, now, text)
    note_changes(connection, [(account_id, event_id)])
    _have_edited(connection, account_id, event_id, now)


def _write(
    connection: Connection,
    account_id: str,
    event_id: str,
    kind: CommentKind,
    who: Responder,
    now: datetime,
    text: str = "",
) -> None:
    row = {"account_id": account_id, "event_id": event_id, "id": new_id("cmt"), "kind": kind}
    by = {"user_id": who.user_id, "name": who.name, "at": now, "text": text}
    connection.execute(insert(comments).values(**row, **by))


def _have_edited(connection: Connection, account_id: str, event_id: str, now: datetime) -> None:
    mine = (message_edits.c.account_id == account_id, message_edits.c.event_id == event_id)
    connection.execute(delete(message_edits).where(*mine))
    arrived = select(
        deliveries.c.account_id, deliveries.c.event_id, deliveries.c.id, literal(now), literal(0)
    ).where(
        deliveries.c.account_id == account_id,
        deliveries.c.event_id == event_id,
        deliveries.c.channel.in_(EDITABLE),
        deliveries.c.status == DeliveryStatus.DELIVERED,
        deliveries.c.reference.is_not(None),
    )
    columns = ("account_id", "event_id", "delivery_id", "due_at", "attempts")
    connection.execute(insert(message_edits).from_select(columns, arrived))
