"""Deleting a whole account: out of reach at once, its rows in small batches after that.

A deleted account is marked by `removed_at` until its last row has gone, so that a process which
was stopped meanwhile goes on where it was.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, exists, select, update

from pingpilot_app.domain.role import Role
from pingpilot_app.storage.tables import (
    accounts,
    api_keys,
    destinations,
    events,
    memberships,
    sessions,
    users,
)

EVENTS_BATCH = 50  # an event goes with its deliveries and attempts, some seven rows


def begin_removal(connection: Connection, account_id: str, now: datetime) -> None:
    """Let nobody reach the account any more, by key or by password; nothing is sent for it.

    Its people are removed where they belong to no other account: without one, nobody could delete
    what is known of them. An operator who does not own it stays, to look after the instance.
    """
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(removed_at=now))
    keys = (api_keys.c.account_id == account_id, api_keys.c.revoked_at.is_(None))
    connection.execute(update(api_keys).where(*keys).values(revoked_at=now))
    channels = destinations.c.account_id == account_id
    connection.execute(update(destinations).where(channels).values(enabled=False))
    connection.execute(delete(sessions).where(sessions.c.account_id == account_id))
    connection.execute(delete(users).where(users.c.id.in_(_only_in(account_id))))
    connection.execute(delete(memberships).where(memberships.c.account_id == account_id))


def _only_in(account_id: str) -> Any:
    elsewhere = memberships.alias("elsewhere")
    other = (
        elsewhere.c.user_id == memberships.c.user_id,
        elsewhere.c.account_id != account_id,
    )
    owns_or_is_no_operator = (memberships.c.role == Role.OWNER) | ~users.c.is_operator
    query = (
        select(memberships.c.user_id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.account_id == account_id, owns_or_is_no_operator)
    )
    return query.where(~exists().where(*other))


def delete_events_of_removed(connection: Connection, now: datetime) -> int:
    """Delete some events of removed accounts; return how many."""
    has_events = exists().where(events.c.account_id == accounts.c.id)
    owner = select(accounts.c.id).where(accounts.c.removed_at <= now, has_events).limit(1)
    account_id = connection.execute(owner).scalar_one_or_none()
    some = select(events.c.id).where(events.c.account_id == account_id).limit(EVENTS_BATCH)
    here = (events.c.account_id == account_id, events.c.id.in_(some))
    return connection.execute(delete(events).where(*here)).rowcount if account_id else 0


def delete_removed(connection: Connection, now: datetime) -> int:
    """Delete a removed account that has no events any more; return how many, 0 or 1."""
    without = ~exists().where(events.c.account_id == accounts.c.id)
    query = select(accounts.c.id).where(accounts.c.removed_at <= now, without).limit(1)
    account_id = connection.execute(query).scalar_one_or_none()
    here = accounts.c.id == account_id
    return connection.execute(delete(accounts).where(here)).rowcount if account_id else 0
