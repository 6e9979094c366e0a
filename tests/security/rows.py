"""What stands in the database, to tell whether somebody changed it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.allowances import KIND as ALLOWANCE
from pingpilot_app.storage.tables import Table

# They change by being looked at, or while nobody does anything.
_RESTLESS = {"last_seen_at", "last_used_at", "lease_until"}

Rows = dict[str, list[dict[str, Any]]]


def read_all(connection: Connection) -> Rows:
    """Return every row of every table."""
    return {
        table.name: [
            {name: value for name, value in row.items() if name not in _RESTLESS}
            for row in connection.execute(select(table)).mappings()
            if row.get("kind") != ALLOWANCE  # who used one up is not to be told from it
        ]
        for table in Table.metadata.sorted_tables
    }


async def all_rows(instance: Instance) -> Rows:
    """Return every row of the instance's database."""
    return await instance.database.read(read_all)


def without(rows: Rows, owner: Iterable[object]) -> Rows:
    """Return the rows that name nobody of `owner`, such as an account's and a user's id."""
    names = set(owner)
    return {
        table: [row for row in found if not names & {v for v in row.values() if _is_name(v)}]
        for table, found in rows.items()
    }


def names_in(rows: Rows) -> list[str]:
    """Return what the rows are called by: ids, names, addresses, the start of a hash."""
    found = set()
    for row in (row for rows_of_table in rows.values() for row in rows_of_table):
        for column, value in row.items():
            if isinstance(value, str) and (
                column in ("id", "name", "email", "address", "label", "channel")
                or column.endswith("_id")
            ):
                found.add(str(value))
            elif isinstance(value, bytes) and "hash" in column:
                found.add(value.hex()[:16])
    return sorted(found)


def _is_name(value: object) -> bool:
    return isinstance(value, str | bytes)
