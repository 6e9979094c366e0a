"""Inserting many rows by few statements.

`executemany` steps its statement once a row, and Python's sqlite3 hands the interpreter lock over
at every step: beside a busy event loop that costs far more than the writing. So the rows of a batch
go into one INSERT with many VALUES. docs/decisions/0003-bulk-insert.md has the figures.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, insert

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
