"""The order in which things happened to events, as it was committed.

Numbers of an account only grow, also where processes write side by side: SQLite lets one
transaction write at a time, PostgreSQL holds a lock for the account to the end of it. A number is
about the microsecond of its writing since 1970, so that old ones can be told by it.

Of what is older than KEPT the newest stays: whoever has seen that, or anything later, has missed
nothing.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, func, or_, select, text

from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.tables import accounts, changes

KEPT = timedelta(days=7)

_COLUMNS = ("account_id", "number", "event_id", "created")
_ONE_IN_SQLITE = (
    "INSERT INTO change (account_id, number, event_id, created) VALUES (?1, max(?2, coalesce("
    "(SELECT max(number) FROM change WHERE account_id = ?1) + 1, 0)), ?3, ?4)"
)
_LAST_IN_SQLITE = (
    "SELECT value, (SELECT max(number) FROM change WHERE account_id = value) FROM json_each(?)"
)
_LOCK = text(
    "SELECT pg_advisory_xact_lock(hashtextextended(account, 9)) "
    "FROM unnest(CAST(:accounts AS text[])) AS account"
)
_LAST = text(
    "SELECT account, (SELECT max(number) FROM change WHERE account_id = account) "
    "FROM unnest(CAST(:accounts AS text[])) AS account"
)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What happened to an event: it is new (`created`), or something about it changed."""

    number: int
    event_id: str
    created: bool


@dataclass(frozen=True, slots=True)
class Ends:
    """The first and the last number of an account's log; 0 where it is empty."""

    first: int
    last: int


def note_changes(
    connection: Connection, happened: Sequence[tuple[str, str]], *, created: bool = False
) -> None:
    """Number what happened to these (account, event), in this order."""
    if not happened:
        return
    now, rows = time.time_ns() // 1_000, []
    if len(happened) == 1 and connection.dialect.name == "sqlite":  # as it is where little happens
        ((account_id, event_id),) = happened
        connection.exec_driver_sql(_ONE_IN_SQLITE, (account_id, now, event_id, created))
        return
    last = _last_of(connection, sorted({account_id for account_id, _ in happened}))
    for account_id, event_id in happened:
        last[account_id] = number = max(last[account_id] + 1, now)
        rows.append((account_id, number, event_id, created))
    insert_rows(connection, changes, _COLUMNS, rows)


def _last_of(connection: Connection, account_ids: list[str]) -> dict[str, int]:
    """Return the last numbers of these accounts, which nobody else adds to before the commit."""
    found: Any
    if connection.dialect.name == "sqlite":
        found = connection.exec_driver_sql(_LAST_IN_SQLITE, (json.dumps(account_ids),))
    else:
        # In a statement of its own: what the one before has committed is seen by a later one.
        connection.execute(_LOCK, {"accounts": account_ids})
        found = connection.execute(_LAST, {"accounts": account_ids})
    return {account_id: last or 0 for account_id, last in found}


def number_at(moment: datetime) -> int:
    """Return the number of a change at that moment: microseconds since 1970."""
    return int(moment.timestamp() * 1_000_000)


def ends_of(connection: Connection, account_id: str) -> Ends:
    """Return where the account's log begins and ends."""
    here = changes.c.account_id == account_id
    first, last = (select(of(changes.c.number)).where(here) for of in (func.min, func.max))
    row = connection.execute(select(first.scalar_subquery(), last.scalar_subquery())).one()
    return Ends(row[0] or 0, row[1] or 0)


def list_changes(
    connection: Connection, account_id: str, after: int, limit: int, upto: int | None = None
) -> list[ChangeView]:
    """Return the account's changes after a number, in their order, at most up to another."""
    query = (
        select(changes.c.number, changes.c.event_id, changes.c.created)
        .where(changes.c.account_id == account_id, changes.c.number > after)
        .where(*() if upto is None else (changes.c.number <= upto,))
        .order_by(changes.c.number)
        .limit(limit)
    )
    return [ChangeView(*row) for row in connection.execute(query)]


def last_change(connection: Connection, account_id: str) -> int:
    """Return the number of the account's last change, 0 where there never was one."""
    here = changes.c.account_id == account_id
    return int(connection.scalar(select(func.max(changes.c.number)).where(here)) or 0)


def delete_changes(connection: Connection, account_id: str, before: int, limit: int) -> int:
    """Delete some of the account's changes below a number; return how many."""
    old = (changes.c.account_id == account_id, changes.c.number < before)
    some = select(changes.c.number).where(*old).order_by(changes.c.number).limit(limit)
    here = (changes.c.account_id == account_id, changes.c.number.in_(some))
    return connection.execute(delete(changes).where(*here)).rowcount


def overdue_changes(connection: Connection, now: datetime) -> list[tuple[str, int]]:
    """Return the accounts that have changes to delete, and below which number.

    Those of a removed account go, whatever their age. Costs a few looks at an index for each
    account.
    """
    here = changes.c.account_id == accounts.c.id
    old = or_(changes.c.number < number_at(now - KEPT), accounts.c.removed_at.is_not(None))
    first, keep = (
        select(number(changes.c.number)).where(here, *only).scalar_subquery()
        for number, only in ((func.min, ()), (func.max, (old,)))
    )
    found = connection.execute(select(accounts.c.id, keep, first))
    return [(id_, keep) for id_, keep, first in found if keep is not None and first < keep]
