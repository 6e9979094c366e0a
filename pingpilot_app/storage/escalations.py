"""Telling the next one while nobody claims an event.

The row of an event that waits is written with it, and goes with its claim (claims.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, select, update

from pingpilot_app.domain.escalation import EVERYBODY, Step, spoken, steps_of
from pingpilot_app.domain.notice import NoticeKind, escalation_text
from pingpilot_app.domain.role import RIGHTS, Right, Role
from pingpilot_app.storage.claims import note_escalated
from pingpilot_app.storage.deliveries import CATEGORY_OF_EVENT, begin_delivery
from pingpilot_app.storage.destinations import list_destinations
from pingpilot_app.storage.notices import add_notice
from pingpilot_app.storage.sessions import called
from pingpilot_app.storage.tables import (
    categories,
    escalations,
    events,
    memberships,
    users,
)

BATCH = 100  # events that one look escalates
_RESPONDING = [role for role in Role if Right.RESPOND in RIGHTS[role]]


@dataclass(frozen=True, slots=True)
class _Member:
    id: str
    name: str


def set_escalation(
    connection: Connection, account_id: str, name: str, steps: Sequence[Step]
) -> None:
    """Have these told, one after the other, while nobody claims an event of the category."""
    here = (categories.c.account_id == account_id, categories.c.name == name)
    stored = [step.stored() for step in steps] or None
    connection.execute(update(categories).where(*here).values(escalation=stored))


def escalation_of(connection: Connection, account_id: str, name: str) -> tuple[Step, ...] | None:
    """Return whom a category has told; None: there is no such category."""
    here = (categories.c.account_id == account_id, categories.c.name == name)
    row = connection.execute(select(categories.c.escalation).where(*here)).one_or_none()
    return steps_of(row.escalation) if row else None


def responders_of(connection: Connection, account_id: str) -> dict[str, str]:
    """Return the names of those who may respond to the account's events, by user id."""
    return {one.id: one.name for one in _members(connection, account_id)}


def next_due(connection: Connection) -> datetime | None:
    """Return when the next event escalates."""
    query = select(escalations.c.due_at).order_by(escalations.c.due_at).limit(1)
    return connection.execute(query).scalar_one_or_none()


def escalate_due(connection: Connection, now: datetime) -> set[str]:
    """Tell the next one of every event whose time has come; return whose events they were."""
    event = and_(
        events.c.account_id == escalations.c.account_id, events.c.id == escalations.c.event_id
    )
    query = (
        select(
            escalations,
            categories.c.escalation,
            categories.c.name.label("category"),
            categories.c.emoji,
            events.c.description,
        )
        .join(events, event)
        .join(categories, CATEGORY_OF_EVENT)
        .where(escalations.c.due_at <= now)
        .order_by(escalations.c.due_at)
        .limit(BATCH)
    )
    rows = connection.execute(query.with_for_update(skip_locked=True, of=escalations)).all()
    for row in rows:
        _escalate(connection, row, now)
    return {row.account_id for row in rows}


def _escalate(connection: Connection, row: Row[Any], now: datetime) -> None:
    steps = steps_of(row.escalation)
    if row.step < len(steps):
        _take(connection, row, steps[row.step], now)
    here = (escalations.c.account_id == row.account_id, escalations.c.event_id == row.event_id)
    following = row.step + 1
    if following < len(steps):
        later = {"step": following, "due_at": now + steps[following].wait}
        connection.execute(update(escalations).where(*here).values(later))
    else:
        connection.execute(delete(escalations).where(*here))


def _take(connection: Connection, row: Row[Any], step: Step, now: datetime) -> None:
    """Tell whom the step names; somebody who is gone, or only looks by now, is passed over."""
    found = _members(connection, row.account_id)
    meant = [one for one in found if step.user_id in (EVERYBODY, one.id)]
    for one in meant:
        if not _send(connection, row, one, now):
            _notify(connection, row, step, one, now)
    names = ", ".join(one.name for one in meant) or "nobody: who was to be told is gone"
    text = f"Nobody claimed it for {spoken(step.minutes)}. Told {names}."
    note_escalated(connection, row.account_id, row.event_id, text, now)


def _send(connection: Connection, row: Row[Any], member: _Member, now: datetime) -> bool:
    """Send the event to all working destinations of a member's own; False: there are none."""
    own = list_destinations(connection, row.account_id, member.id)
    working = [one for one in own if one.obstacle is None]
    for one in working:
        begin_delivery(connection, row.account_id, row.event_id, one, now)
    return bool(working)


def _notify(
    connection: Connection, row: Row[Any], step: Step, member: _Member, now: datetime
) -> None:
    text = escalation_text(row.category, row.emoji, row.description, spoken(step.minutes))
    about, kind = f"{row.event_id}:{row.step}:{member.id}", NoticeKind.ESCALATION
    add_notice(connection, row.account_id, kind, None, about, text, now, user_id=member.id)


def _members(connection: Connection, account_id: str) -> list[_Member]:
    query = (
        select(users.c.id, users.c.name, users.c.email)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == account_id, memberships.c.role.in_(_RESPONDING))
        .order_by(func.coalesce(users.c.name, users.c.email))
    )
    rows = connection.execute(query)
    return [_Member(row.id, called(row.name, row.email)) for row in rows]
