"""The order in which things happened to events, as it was committed.

Numbers of an account only grow, also where processes write side by side: its counter's row is held
to the end of the transaction. A number is about the microsecond of its writing since 1970, so
that old ones can be told by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, bindparam, delete, func, select

from pingpilot_app.storage.bulk import insert_rows, upsert_rows
from pingpilot_app.storage.tables import change_counters, changes

_COLUMNS = ("account_id", "number", "event_id", "created")
_LAST = (
    select(change_counters.c.account_id, change_counters.c.last)
    .where(change_counters.c.account_id.in_(bindparam("accounts", expanding=True)))
    .order_by(change_counters.c.account_id)
    .with_for_update()
)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What happened to an event: it is new (`created`), or something about it changed."""

    number: int
    event_id: str
    created: bool


def note_changes(
    connection: Connection, happened: Sequence[tuple[str, str]], *, created: bool = False
) -> None:
    """Number what happened to these (account, event), in this order."""
    if not happened:
        return
    accounts = list(dict.fromkeys(account_id for account_id, _ in happened))
    last = dict.fromkeys(accounts, 0)
    last |= {row.account_id: row.last for row in connection.execute(_LAST, {"accounts": accounts})}
    now, rows = number_at(datetime.now(UTC)), []
    for account_id, event_id in happened:
        last[account_id] = number = max(last[account_id] + 1, now)
        rows.append((account_id, number, event_id, created))
    upsert_rows(connection, change_counters, list(last.items()), {"last": "max"})
    insert_rows(connection, changes, _COLUMNS, rows)


def number_at(moment: datetime) -> int:
    """Return the number of a change at that moment: microseconds since 1970."""
    return int(moment.timestamp() * 1_000_000)


def list_changes(
    connection: Connection, account_id: str, after: int, limit: int
) -> list[ChangeView]:
    """Return the account's changes after a number, in their order."""
    query = (
        select(changes.c.number, changes.c.event_id, changes.c.created)
        .where(changes.c.account_id == account_id, changes.c.number > after)
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
