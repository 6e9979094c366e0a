"""Opening the database so that nothing is changed: no migration, no file, no lock for writing."""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from pingpilot_app.settings import Settings
from pingpilot_app.storage import migrations
from pingpilot_app.storage.database import settings_vault
from pingpilot_app.storage.vault import entrust

R = TypeVar("R")

READ_TIME = 15.0  # seconds for everything that is read through one connection
_CONNECT_TIME = 5  # seconds


def sqlite_path(configured: Settings) -> Path | None:
    """Return the database's file, None where it is no SQLite."""
    url = make_url(configured.database)
    return Path(url.database or ":memory:") if url.get_backend_name() == "sqlite" else None


@contextmanager
def connected(configured: Settings) -> Iterator[Connection]:
    """Open the database, which has to be there. Raises SQLAlchemyError, ImportError."""
    path = sqlite_path(configured)
    engine = _sqlite(path) if path else _postgresql(configured.database)
    entrust(engine, settings_vault(configured))
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()


def read(configured: Settings, query: Callable[[Connection], R]) -> R | None:
    """Return what `query` finds; None where the database is not there or not this version's."""
    path = sqlite_path(configured)
    if path and not path.exists():
        return None
    try:
        with connected(configured) as connection:
            return query(connection) if migrations.level(connection).fits else None
    except (SQLAlchemyError, ImportError):
        return None  # who looks at the database tells it


def _sqlite(path: Path) -> Engine:
    # Where nobody has it open, even a reader would leave a -wal and a -shm behind.
    immutable = "" if Path(f"{path}-wal").exists() else "&immutable=1"
    uri = f"{path.resolve().as_uri()}?mode=ro{immutable}"
    engine = create_engine(
        "sqlite://", creator=lambda: sqlite3.connect(uri, uri=True), poolclass=NullPool
    )
    event.listen(engine, "connect", _limit_time)
    return engine


def _limit_time(connection: sqlite3.Connection, _record: object) -> None:
    until = time.monotonic() + READ_TIME
    connection.set_progress_handler(lambda: time.monotonic() > until, 10_000)


def _postgresql(url: str) -> Engine:
    options = "-c default_transaction_read_only=on -c statement_timeout=5000"
    connect = {"connect_timeout": _CONNECT_TIME, "options": options}
    return create_engine(url, connect_args=connect, poolclass=NullPool)
