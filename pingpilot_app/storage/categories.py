"""Categories of an account."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pingpilot_app.domain.category import QUICK_START, parse_color
from pingpilot_app.domain.errors import Conflict, LimitReached, NotFound
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.plan import LIMITS
from pingpilot_app.storage.planner import rarely
from pingpilot_app.storage.tables import (
    accounts,
    categories,
    event_rollups,
    events,
    field_rollups,
)


@dataclass(frozen=True, slots=True)
class CategoryView:
    """A category and what has happened in it."""

    id: str
    name: str
    emoji: str | None
    color: int
    events_count: int
    unique_field_count: int
    last_ping: datetime | None
    created_at: datetime
    updated_at: datetime
    escalation: list[dict[str, Any]] | None = None  # as domain/escalation.py reads it
    acknowledge: bool = True


def add_category(
    connection: Connection,
    account_id: str,
    name: str,
    color: int,
    emoji: str | None,
    now: datetime,
    *,
    acknowledge: bool = True,
) -> None:
    """Add a category; `name` is in lower case. Raises Conflict, LimitReached."""
    _check_room(connection, account_id)
    _check_free(connection, account_id, name)
    connection.execute(
        insert(categories).values(
            id=new_id("cat"),
            account_id=account_id,
            name=name,
            color=color,
            emoji=emoji,
            acknowledge=acknowledge,
            created_at=now,
            updated_at=now,
        )
    )


def add_quick_start(connection: Connection, account_id: str, now: datetime) -> None:
    """Add the three categories of the quick start that are not there yet. Raises LimitReached."""
    have = set(
        connection.execute(
            select(categories.c.name).where(categories.c.account_id == account_id)
        ).scalars()
    )
    for one in QUICK_START:
        if one.name not in have:
            color = parse_color(one.color)
            add_category(connection, account_id, one.name, color, one.emoji, now)


def change_category(
    connection: Connection, account_id: str, name: str, changes: dict[str, Any], now: datetime
) -> None:
    """Change `name`, `color`, `emoji`, `acknowledge` of a category. Raises NotFound, Conflict."""
    found = find_category(connection, account_id, name)
    new_name = changes.get("name", name)
    if new_name != name:
        _check_free(connection, account_id, new_name)
    connection.execute(
        update(categories).where(categories.c.id == found.id).values(**changes, updated_at=now)
    )


def delete_category(connection: Connection, account_id: str, name: str) -> int:
    """Delete the category with its events; return how many events went. Raises NotFound."""
    found = find_category(connection, account_id, name)
    connection.execute(delete(categories).where(categories.c.id == found.id))
    return found.events_count


def find_category(connection: Connection, account_id: str, name: str) -> CategoryView:
    """Return one category by its name, in upper or lower case. Raises NotFound."""
    found = list_categories(connection, account_id, name.lower())
    if not found:
        raise NotFound(f'You dont have a category named "{name}"')
    return found[0]


def list_categories(
    connection: Connection, account_id: str, name: str | None = None
) -> list[CategoryView]:
    """Return the account's categories by name, or the one with this name."""
    counts = (
        select(
            event_rollups.c.category_id,
            func.sum(
                event_rollups.c.pending + event_rollups.c.delivered + event_rollups.c.failed
            ).label("events_count"),
        )
        .where(event_rollups.c.account_id == account_id)
        .group_by(event_rollups.c.category_id)
        .subquery()
    )
    last = (
        select(events.c.created_at)
        .where(events.c.account_id == account_id, rarely(events.c.category_id == categories.c.id))
        .order_by(events.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(
            categories.c.id,
            categories.c.name,
            categories.c.emoji,
            categories.c.color,
            func.coalesce(counts.c.events_count, 0).label("events_count"),
            last.label("last_ping"),
            categories.c.created_at,
            categories.c.updated_at,
            categories.c.escalation,
            categories.c.acknowledge,
        )
        .outerjoin(counts, counts.c.category_id == categories.c.id)
        .where(categories.c.account_id == account_id)
        .order_by(categories.c.name)
    )
    if name is not None:
        query = query.where(categories.c.name == name)
    rows = connection.execute(query).mappings().all()
    fields = _field_counts(connection, account_id, [row["id"] for row in rows])
    return [CategoryView(**row, unique_field_count=fields.get(row["id"], 0)) for row in rows]


def count_categories(connection: Connection, account_id: str) -> int:
    """Return how many categories the account has."""
    query = (
        select(func.count()).select_from(categories).where(categories.c.account_id == account_id)
    )
    return connection.execute(query).scalar_one()


def _field_counts(connection: Connection, account_id: str, ids: list[str]) -> dict[str, int]:
    query = (
        select(field_rollups.c.category_id, func.count(field_rollups.c.field.distinct()))
        .where(field_rollups.c.account_id == account_id, field_rollups.c.category_id.in_(ids))
        .group_by(field_rollups.c.category_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _check_free(connection: Connection, account_id: str, name: str) -> None:
    query = select(categories.c.id).where(
        categories.c.account_id == account_id, categories.c.name == name
    )
    if connection.execute(query).first():
        raise Conflict(f'You already have a category named "{name}".')


def _check_room(connection: Connection, account_id: str) -> None:
    plan = connection.execute(
        select(accounts.c.plan).where(accounts.c.id == account_id)
    ).scalar_one()
    limit = LIMITS[plan].categories
    if limit is not None and count_categories(connection, account_id) >= limit:
        raise LimitReached(
            f"Your plan {plan} allows {limit} categories. Delete one or upgrade your plan.", 86_400
        )
