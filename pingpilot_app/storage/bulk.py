"""Inserting many rows by few statements.

`executemany` steps its statement once a row, and Python's sqlite3 hands the interpreter lock over
at every step: beside a busy event loop that costs far more than the writing. So the rows of a batch
go into one INSERT with many VALUES. docs/decisions/0003-bulk-insert.md has the figures.
"""

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, func, insert
from sqlalchemy.dialects import postgresql

# Few sizes, so that all statements stay prepared; multiples of three, the channels of an event.
_CHUNKS = (192, 96, 48, 24, 12, 6, 3, 2, 1)
_TIME_LENGTH = len("2026-03-06 10:30:00.000000")

Rows = Sequence[tuple[Any, ...]]


def insert_rows(connection: Connection, table: Table, columns: tuple[str, ...], rows: Rows) -> None:
    """Insert `rows`, each with a value for each of `columns`."""
    if connection.dialect.name != "sqlite":
        if rows:
            named = [dict(zip(columns, row, strict=True)) for row in rows]
            connection.execute(insert(table), named)
        return
    start = 0
    for size in _CHUNKS:
        while len(rows) - start >= size:
            values = [_stored(value) for row in rows[start : start + size] for value in row]
            connection.exec_driver_sql(_statement(table, columns, size), tuple(values))
            start += size


def upsert_rows(
    connection: Connection, table: Table, rows: Rows, changes: Mapping[str, str]
) -> None:
    """Insert `rows` (key and values, in the table's order), or change those that are there.

    `changes` says how each value does that: "+" adds, "min" and "max" keep the lesser or greater.
    """
    if connection.dialect.name != "sqlite":
        _upsert_on_postgresql(connection, table, rows, changes)
        return
    how = tuple(changes.items())
    start = 0
    for size in _CHUNKS:
        while len(rows) - start >= size:
            values = [_stored(value) for row in rows[start : start + size] for value in row]
            connection.exec_driver_sql(_upsert(table, how, size), tuple(values))
            start += size


@cache
def _upsert(table: Table, how: tuple[tuple[str, str], ...], rows: int) -> str:
    key = ", ".join(f'"{column.name}"' for column in table.primary_key)
    sets = ", ".join(f'"{column}" = {_SQLITE[change].format(column)}' for column, change in how)
    insert = _statement(table, tuple(table.columns.keys()), rows)
    return f"{insert} ON CONFLICT ({key}) DO UPDATE SET {sets}"


# SQLite's min and max of two values are NULL where one is.
_SQLITE = {
    "+": '"{0}" + excluded."{0}"',
    "min": 'coalesce(min("{0}", excluded."{0}"), "{0}", excluded."{0}")',
    "max": 'coalesce(max("{0}", excluded."{0}"), "{0}", excluded."{0}")',
}


_POSTGRESQL: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "min": func.least,
    "max": func.greatest,
}


def _upsert_on_postgresql(
    connection: Connection, table: Table, rows: Rows, changes: Mapping[str, str]
) -> None:
    if not rows:
        return
    statement = postgresql.insert(table)
    sets = {
        column: _POSTGRESQL[change](table.c[column], statement.excluded[column])
        for column, change in changes.items()
    }
    named = [dict(zip(table.columns.keys(), row, strict=True)) for row in rows]
    connection.execute(
        statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=sets), named
    )


@cache
def _statement(table: Table, columns: tuple[str, ...], rows: int) -> str:
    names = ", ".join(f'"{column}"' for column in columns)
    row = f"({', '.join('?' * len(columns))})"
    values = ", ".join([row] * rows)
    return f'INSERT INTO "{table.name}" ({names}) VALUES {values}'  # noqa: S608  # our own names


def _stored(value: Any) -> Any:
    """Return a value as SQLAlchemy's types store it in SQLite."""
    convert = _CONVERSIONS.get(type(value))
    return convert(value) if convert else value


_CONVERSIONS: dict[type, Callable[[Any], str]] = {
    datetime: lambda moment: moment.isoformat(" ", "microseconds")[:_TIME_LENGTH],
    dict: lambda fields: json.dumps(fields, ensure_ascii=False, separators=(",", ":")),
}
