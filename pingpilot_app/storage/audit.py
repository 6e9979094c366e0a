"""The audit log: written in the transaction of the change that it tells of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from pingpilot_app.domain.audit import Action, Entry
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.tables import audit


@dataclass(frozen=True, slots=True)
class EntryView:
    """One act as it is shown."""

    id: str
    at: datetime
    action: Action
    actor: str
    subject: str
    detail: Mapping[str, Any]
    client: str | None


def add_entry(connection: Connection, entry: Entry, now: datetime) -> None:
    """Write down who did what."""
    connection.execute(
        insert(audit).values(
            id=new_id("aud"),
            account_id=entry.account_id,
            user_id=entry.actor.user_id,
            actor=entry.actor.name,
            at=now,
            action=entry.action.value,
            subject=entry.subject,
            detail=dict(entry.detail),
            client=entry.actor.client,
        )
    )


def list_entries(
    connection: Connection, account_id: str | None, *, before: str | None = None, limit: int = 50
) -> list[EntryView]:
    """Return the account's acts, newest first; None: those that concern the instance."""
    query = (
        select(
            audit.c.id,
            audit.c.at,
            audit.c.action,
            audit.c.actor,
            audit.c.subject,
            audit.c.detail,
            audit.c.client,
        )
        .where(audit.c.account_id == account_id)  # None becomes IS NULL
        .order_by(audit.c.id.desc())
        .limit(limit)
    )
    if before is not None:
        query = query.where(audit.c.id < before)
    return [
        EntryView(row.id, row.at, Action(row.action), *row[3:]) for row in connection.execute(query)
    ]
