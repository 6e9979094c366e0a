"""Encrypting what a database holds already: with its first key, or with another one."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Column, Connection, String, bindparam, select, text, type_coerce, update

from pingpilot_app.storage.database import Database
from pingpilot_app.storage.sealed import EMPTY, Sealed
from pingpilot_app.storage.tables import Table
from pingpilot_app.storage.vault import PREFIX, KeyLost, Vault, is_sealed, vault_of

BATCH = 200  # values in one transaction: some 10 ms of the database's only writer
_PAUSE = 0.005  # seconds between two batches, for what is being accepted

Rewrite = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Resealed:
    """How many values were encrypted anew, and how many could not be opened."""

    values: int
    lost: int


def seal_all(database: Database) -> int:
    """Encrypt what is still in plain text; return how many values that were.

    It may be ended at any moment and called again; nothing is left of the plain text.
    """
    vault = database.vault

    def sealed(place: str, stored: str) -> str | None:
        done = is_sealed(stored) or stored == EMPTY
        return None if done else vault.seal(place, stored)

    with database.read_engine.connect() as connection:
        plain = [column for column in sealed_columns() if _any_plain(connection, column)]
    if not plain:
        return 0
    with _without_traces(database):
        return sum(_rewrite(database, column, sealed) for column in plain)


def reseal_all(database: Database) -> Resealed:
    """Encrypt everything with the first key that another one encrypted, while servers run.

    When it returns, no other process can still be writing with a key that it knew before.
    """
    vault, lost = database.vault, list[str]()

    def resealed(place: str, stored: str) -> str | None:
        if stored == EMPTY or vault.is_current(stored):
            return None
        try:
            return vault.seal(place, vault.open(place, stored))
        except KeyLost:
            lost.append(stored)
            return None

    with _without_traces(database):
        count = sum(_rewrite(database, column, resealed) for column in sealed_columns())
    return Resealed(count, len(lost))


def count_lost(connection: Connection, limit: int | None = None) -> int:
    """Return how many values no key opens, of the first `limit` of each column."""
    vault = vault_of(connection.dialect)
    return sum(_count_lost(connection, column, vault, limit) for column in sealed_columns())


def unseal_all(connection: Connection) -> None:
    """Write everything back in plain text: for a schema that knows no encryption. Raises KeyLost"""
    vault = vault_of(connection.dialect)
    for column in sealed_columns():
        rewrite = partial(_opened, vault)
        after: str | None = ""
        while after is not None:
            _, after = _batch(connection, column, rewrite, after)


def _opened(vault: Vault, place: str, stored: str) -> str | None:
    return vault.open(place, stored) if is_sealed(stored) else None


def _count_lost(
    connection: Connection, column: Column[Any], vault: Vault, limit: int | None
) -> int:
    stored = _stored(column)
    query = select(stored).where(stored.like(f"{PREFIX}%")).limit(limit)
    return sum(not _opens(vault, _place(column), one) for (one,) in connection.execute(query))


def _opens(vault: Vault, place: str, stored: str) -> bool:
    try:
        vault.open(place, stored)
    except KeyLost:
        return False
    return True


def sealed_columns() -> list[Column[Any]]:
    """Return all columns whose values are encrypted."""
    tables = Table.metadata.tables.values()
    return [column for table in tables for column in table.columns if _is_sealed(column)]


def _is_sealed(column: Column[Any]) -> bool:
    return isinstance(column.type, Sealed)


def _place(column: Column[Any]) -> str:
    return f"{column.table.name}.{column.name}"


def _stored(column: Column[Any]) -> Any:
    """Return the column as it lies in the database."""
    return type_coerce(column, String)


def _any_plain(connection: Connection, column: Column[Any]) -> bool:
    stored = _stored(column)
    plain = (stored.not_like(f"{PREFIX}%"), stored != EMPTY)
    query = select(_key(column)).where(*plain).limit(1)
    return connection.execute(query).first() is not None


def _key(column: Column[Any]) -> Column[Any]:
    (key,) = column.table.primary_key
    return key


def _rewrite(database: Database, column: Column[Any], rewrite: Rewrite) -> int:
    """Rewrite all values of a column, in batches; return how many changed."""
    count, after = 0, ""
    while True:
        with database.transaction() as connection:
            _keep_writers_out(connection, column)
            changed, last = _batch(connection, column, rewrite, after)
        count += changed
        if last is None:
            return count
        after = last
        time.sleep(_PAUSE)


def _keep_writers_out(connection: Connection, column: Column[Any]) -> None:
    """Wait for writers that may hold a value sealed with an older key; SQLite has but one."""
    if connection.dialect.name == "postgresql":
        lock = f'LOCK TABLE "{column.table.name}" IN SHARE ROW EXCLUSIVE MODE'  # our own name
        connection.execute(text(lock))


def _batch(
    connection: Connection, column: Column[Any], rewrite: Rewrite, after: str
) -> tuple[int, str | None]:
    """Rewrite the values after a key; return how many changed, and the last key or None."""
    key, stored = _key(column), _stored(column)
    query = select(key, stored).where(key > after, stored.is_not(None)).order_by(key).limit(BATCH)
    rows = connection.execute(query).all()
    found = ((row_key, rewrite(_place(column), old)) for row_key, old in rows)
    changes = [{"its_key": row_key, "fresh": fresh} for row_key, fresh in found if fresh]
    if changes:
        change = update(column.table).where(key == bindparam("its_key"))
        connection.execute(change.values({column: bindparam("fresh", type_=String)}), changes)
    return len(changes), rows[-1][0] if rows else None


@contextmanager
def _without_traces(database: Database) -> Iterator[None]:
    """Have SQLite overwrite what is replaced, rather than leave it in free room and in the WAL."""
    if database.write_engine.dialect.name != "sqlite":
        yield
        return
    with database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    try:
        yield
    finally:
        connection_ = database.write_engine.raw_connection()
        try:
            connection_.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection_.cursor().execute("PRAGMA secure_delete=OFF")
        finally:
            connection_.close()
