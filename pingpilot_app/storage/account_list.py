"""All accounts of the instance, a page at a time: for operators."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, or_, select

from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage.tables import (
    accounts,
    categories,
    events,
    memberships,
    quota_usage,
    users,
)


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One account; `emails` are its members', the owner's first."""

    id: str
    name: str
    plan: Plan
    retention_days: int | None
    created_at: datetime
    used: int
    categories: int
    last_event_at: datetime | None
    emails: tuple[str, ...]


def list_accounts(
    connection: Connection, text: str, after: str, limit: int, now: datetime
) -> list[AccountSummary]:
    """Return at most `limit` accounts, the newest first, that come `after` an id (empty: all).

    `text` is looked for in the account's name and its members' addresses.
    """
    query = _summary(now).order_by(accounts.c.id.desc()).limit(limit)
    if text:
        query = query.where(_mentions(text))
    if after:
        query = query.where(accounts.c.id < after)
    return _with_emails(connection, query)


def get_account(connection: Connection, account_id: str, now: datetime) -> AccountSummary:
    """Return one account. Raises NotFound."""
    found = _with_emails(connection, _summary(now).where(accounts.c.id == account_id))
    if not found:
        raise NotFound("This account is not there any more.")
    return found[0]


def count_accounts(connection: Connection, text: str) -> int:
    """Return how many accounts there are, or how many mention `text`."""
    query = select(func.count()).select_from(accounts).where(_PRESENT)
    if text:
        query = query.where(_mentions(text))
    return int(connection.execute(query).scalar_one())


def _mentions(text: str) -> ColumnElement[bool]:
    member = (
        select(memberships.c.user_id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(
            memberships.c.account_id == accounts.c.id,
            users.c.email.icontains(text, autoescape=True),
        )
    )
    return or_(accounts.c.name.icontains(text, autoescape=True), member.exists())


def _summary(now: datetime) -> Select[Any]:
    here = accounts.c.id
    used = select(quota_usage.c.used).where(
        quota_usage.c.account_id == here, quota_usage.c.month == month_of(now)
    )
    kinds = select(func.count()).where(categories.c.account_id == here)
    # The newest by id: ids sort by time, and the key leads there at once.
    newest = select(events.c.created_at).where(events.c.account_id == here)
    last = newest.order_by(events.c.id.desc()).limit(1)
    return select(
        accounts.c.id,
        accounts.c.name,
        accounts.c.plan,
        accounts.c.retention_days,
        accounts.c.created_at,
        func.coalesce(used.scalar_subquery(), 0).label("used"),
        kinds.scalar_subquery().label("categories"),
        last.scalar_subquery().label("last_event_at"),
    ).where(_PRESENT)


_PRESENT = accounts.c.removed_at.is_(None)  # the others are on their way out


def _with_emails(connection: Connection, query: Select[Any]) -> list[AccountSummary]:
    rows = connection.execute(query).mappings().all()
    emails = _emails(connection, [row["id"] for row in rows])
    return [AccountSummary(**row, emails=tuple(emails.get(row["id"], ()))) for row in rows]


def _emails(connection: Connection, account_ids: Sequence[str]) -> dict[str, list[str]]:
    query = (
        select(memberships.c.account_id, users.c.email)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.account_id.in_(account_ids))
        .order_by(memberships.c.created_at, users.c.id)
    )
    found: dict[str, list[str]] = {}
    for account_id, email in connection.execute(query):
        found.setdefault(account_id, []).append(email)
    return found
