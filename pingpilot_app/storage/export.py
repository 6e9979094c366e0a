"""Everything that an account owns, to be taken away: without secrets, a page at a time."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Column, Connection, select

from pingpilot_app.storage.deliveries import CATEGORY_OF_EVENT
from pingpilot_app.storage.tables import (
    accounts,
    api_keys,
    attempts,
    audit,
    categories,
    claims,
    comments,
    deliveries,
    destinations,
    events,
    memberships,
    quota_usage,
    users,
)

Json = dict[str, Any]

AUDIT_MAX = 10_000  # entries of the audit log, which are read at once

_ACCOUNT = ("id", "name", "plan", "retention_days", "created_at")
_CATEGORY = ("id", "name", "color", "emoji", "created_at", "updated_at")
_DESTINATION = ("id", "channel", "enabled", "label", "address", "verified_at", "broken_reason")
_KEY = ("id", "name", "shown", "scopes", "created_at", "last_used_at", "expires_at", "revoked_at")
_AUDIT = ("at", "actor", "action", "subject", "detail", "client")
_EVENT = ("id", "description", "fields", "status", "created_at")
_DELIVERY = (
    *("id", "event_id", "channel", "destination_id", "status", "attempts", "replays"),
    *("delivered_at", "failed_at", "failure", "error", "error_code"),
)
_ATTEMPT = (
    *("delivery_id", "replay", "at", "outcome", "failure", "provider_code", "message", "ms"),
)
_CLAIM = ("name", "at", "resolved_at", "resolved_by", "note")
_COMMENT = ("kind", "name", "at", "text")


def account_parts(connection: Connection, account_id: str) -> Json:
    """Return all but the events: a value for each name."""
    account = _rows(connection, [accounts.c[name] for name in _ACCOUNT], accounts.c.id, account_id)
    return {
        "account": account[0],
        "members": _members(connection, account_id),
        "categories": _of(connection, categories, _CATEGORY, account_id),
        "destinations": _destinations(connection, account_id),
        "keys": _of(connection, api_keys, _KEY, account_id),
        "audit": _audit(connection, account_id),
        "quota": _of(connection, quota_usage, ("month", "used"), account_id),
    }


def events_after(connection: Connection, account_id: str, after: str, limit: int) -> list[Json]:
    """Return up to `limit` events with an id above `after`, each with all that came of it."""
    columns = [events.c[name] for name in _EVENT]
    query = (
        select(*columns, categories.c.name.label("category"))
        .join(categories, CATEGORY_OF_EVENT)
        .where(events.c.account_id == account_id, events.c.id > after)
        .order_by(events.c.id)
        .limit(limit)
    )
    found = [dict(row) for row in connection.execute(query).mappings()]
    tries = _grouped(connection, attempts, _ATTEMPT, account_id, found)
    sent = _grouped(connection, deliveries, (*_DELIVERY, "user_id"), account_id, found)
    had = _grouped(connection, claims, _CLAIM, account_id, found)
    said = _grouped(connection, comments, _COMMENT, account_id, found)
    for event in found:
        event["claim"] = next(iter(had[event["id"]]), None)
        event["comments"] = said[event["id"]]
        # Members' copies are theirs, as their destinations are.
        event["deliveries"] = [one for one in sent[event["id"]] if one.pop("user_id") is None]
        for delivery in event["deliveries"]:
            log = tries[event["id"]]
            delivery["log"] = [one for one in log if one["delivery_id"] == delivery["id"]]
    return found


def _grouped(
    connection: Connection, table: Any, names: Sequence[str], account_id: str, found: list[Json]
) -> dict[str, list[Json]]:
    """Return rows of a table by their event, in the order of its key."""
    wanted = {"event_id": table.c.event_id} | {name: table.c[name] for name in names}
    ids = [event["id"] for event in found]
    here = (table.c.account_id == account_id, table.c.event_id.in_(ids))
    rows: dict[str, list[Json]] = defaultdict(list)
    query = select(*wanted.values()).where(*here).order_by(*table.primary_key)
    for row in connection.execute(query):
        one = dict(row._mapping)
        rows[one.pop("event_id")].append(one)
    return rows


def _audit(connection: Connection, account_id: str) -> list[Json]:
    """Return the newest entries of the audit log, the newest first."""
    columns = [audit.c[name] for name in _AUDIT]
    query = select(*columns).where(audit.c.account_id == account_id)
    newest = query.order_by(audit.c.id.desc()).limit(AUDIT_MAX)
    return [dict(row) for row in connection.execute(newest).mappings()]


def _members(connection: Connection, account_id: str) -> list[Json]:
    query = (
        select(users.c.email, memberships.c.role, memberships.c.created_at)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.account_id == account_id)
    )
    return [dict(row) for row in connection.execute(query).mappings()]


def _destinations(connection: Connection, account_id: str) -> list[Json]:
    columns = [destinations.c[name] for name in _DESTINATION]
    here = (destinations.c.account_id == account_id, destinations.c.user_id.is_(None))
    return [dict(row) for row in connection.execute(select(*columns).where(*here)).mappings()]


def _of(connection: Connection, table: Any, names: Sequence[str], account_id: str) -> list[Json]:
    columns = [table.c[name] for name in names]
    return _rows(connection, columns, table.c.account_id, account_id)


def _rows(
    connection: Connection, columns: list[Column[Any]], key: Column[Any], account_id: str
) -> list[Json]:
    query = select(*columns).where(key == account_id)
    return [dict(row) for row in connection.execute(query).mappings()]
