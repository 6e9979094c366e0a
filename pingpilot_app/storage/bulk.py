"""Inserting many rows by one statement.

`executemany` steps the statement once a row, and Python's sqlite3 hands the interpreter lock over
at every step: beside a busy event loop that costs more than the writing. So the rows travel as
one JSON parameter, which SQLite unfolds itself (https://www.sqlite.org/json1.html#jeach).
docs/decisions/0003-bulk-insert.md has the figures.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, insert

_TIME_LENGTH = len("2026-03-06 10:30:00.000000")

Rows = Sequence[Sequence[Any]]


def insert_rows(connection: Connection, table: Table, columns: tuple[str, ...], rows: Rows) -> None:
    """Insert `rows`, each with a value for each of `columns`; JSON columns take what they hold."""
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        parameter = json.dumps(rows, default=_as_stored, ensure_ascii=False)
        connection.exec_driver_sql(_unfolding(table, columns), (parameter,))
    else:
        connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])


@cache
def _unfolding(table: Table, columns: tuple[str, ...]) -> str:
    # `->` would keep the quotes of JSON text; a JSON column wants its text as it is.
    values = ", ".join(f"value ->> {number}" for number in range(len(columns)))
    names = ", ".join(f'"{column}"' for column in columns)
    return f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM json_each(?)'  # noqa: S608  # our own names


def _as_stored(value: object) -> str:
    """Return a UTC time as SQLAlchemy stores it in SQLite: without its zone."""
    if isinstance(value, datetime):
        return value.isoformat(" ", "microseconds")[:_TIME_LENGTH]
    raise TypeError(f"{type(value).__name__} cannot be stored")
