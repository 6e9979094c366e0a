"""Engines and connections.

SQLite: WAL with `synchronous=FULL`, so that a commit survives a power cut
(https://www.sqlite.org/pragma.html#pragma_synchronous), foreign keys on, writes by
`BEGIN IMMEDIATE`, so that a transaction never has to be upgraded from read to write.
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url

from pingpilot_app.settings import Settings, encryption_keys
from pingpilot_app.storage.vault import KEY_FILE, Vault, entrust

P = ParamSpec("P")
R = TypeVar("R")

# A server that cannot be reached any more is noticed in some ten seconds, by both sides: else a
# call would hang for a quarter of an hour, and its transaction hold up all others as long.
# https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
_POSTGRESQL = {
    "connect_timeout": 5,
    "tcp_user_timeout": 10_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "application_name": "pingpilot",
    "options": (
        "-c timezone=UTC -c idle_in_transaction_session_timeout=15s -c tcp_keepalives_idle=5 "
        "-c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10s"
    ),
}

READERS = 4
_BUSY_TIMEOUT = 5  # seconds that a writer waits for another process, such as the command line

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
)


def settings_vault(configured: Settings) -> Vault:
    """Return the vault with the keys of the settings and of the data directory."""
    return Vault(configured.data_dir / KEY_FILE, encryption_keys(configured))


def open_database(configured: Settings) -> "Database":
    """Return the database of the settings, with their keys."""
    return Database(configured.database, settings_vault(configured))


class Database:
    """The engines of one process: one connection that writes, some that read.

    Without a `vault`, the keys are those of a file beside the SQLite file.
    """

    def __init__(self, url: str, vault: Vault | None = None) -> None:
        self.url = url
        self.vault = vault or Vault(_beside(url))
        self.write_engine = _engine(url, "BEGIN IMMEDIATE", pool_size=1)
        self.read_engine = _engine(url, "BEGIN", pool_size=READERS)
        for engine in (self.write_engine, self.read_engine):
            entrust(engine, self.vault)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="reader")

    async def read(
        self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Run `query(connection, …)` in a reader thread and return what it returns."""
        loop = asyncio.get_running_loop()
        run = partial(self._read, query, *args, **kwargs)
        return await loop.run_in_executor(self._readers, run)

    def _read(self, query: Callable[..., R], *args: Any, **kwargs: Any) -> R:
        with self.read_engine.connect() as connection:
            return query(connection, *args, **kwargs)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Open a write transaction in this thread: for the command line, never for the server."""
        with self.write_engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Close all connections. The last one folds the WAL into the database file."""
        self._readers.shutdown(wait=True)
        self.read_engine.dispose()
        self.write_engine.dispose()


def _beside(url: str) -> Path | None:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database).parent / KEY_FILE


def _engine(url: str, begin: str, pool_size: int) -> Engine:
    options: dict[str, Any] = {
        "pool_size": pool_size,
        "max_overflow": 0,
        "hide_parameters": True,  # or errors would show what was to be stored
        "json_serializer": partial(json.dumps, ensure_ascii=False, separators=(",", ":")),
    }
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, connect_args=_POSTGRESQL, **options)
    if parsed.database:
        _keep_to_ourselves(Path(parsed.database))
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "timeout": _BUSY_TIMEOUT},
        **options,
    )
    _set_up_sqlite(engine, begin)
    return engine


def _keep_to_ourselves(file: Path) -> None:
    """Make the file, where it is not there, so that no other user of the machine can read it."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.touch(mode=0o600)  # SQLite gives -wal and -shm the same rights


def _set_up_sqlite(engine: Engine, begin: str) -> None:
    @event.listens_for(engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late and is deferred
        for pragma in _PRAGMAS:
            connection.execute(pragma)

    @event.listens_for(engine, "begin")
    def begun(connection: Connection) -> None:
        connection.exec_driver_sql(begin)
