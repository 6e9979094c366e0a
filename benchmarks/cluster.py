"""Throw-away PostgreSQL and Redis servers on loopback, for tests and benchmarks.

Both are the system's own. What they hold is gone with them.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from benchmarks.ports import free_ports

_UNSAFE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_BINARIES = Path("/usr/lib/postgresql")  # Debian keeps them out of the PATH, a folder a version


@dataclass
class PostgreSql:
    """A server that runs. `url` leads to its empty database `postgres`."""

    port: int
    data: Path

    @property
    def url(self) -> str:
        """Return the URL of the database `postgres`."""
        return self.url_of("postgres")

    def url_of(self, name: str) -> str:
        """Return the URL of a database."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database, empty or a copy of `template`, and return its URL."""
        words = "CREATE DATABASE {} TEMPLATE {}"
        self._do(sql.SQL(words).format(sql.Identifier(name), sql.Identifier(template)))
        return self.url_of(name)

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected."""
        self._do(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def restart(self, *, kill: bool = False) -> None:
        """Stop at once, with all connections, and start again; `kill`: as if the power failed."""
        how = "immediate" if kill else "fast"
        _control(self.data, "restart", "-w", "-m", how, "-l", str(self.data / "log"))

    def _do(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.url_of("template1"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgresql(*, safe: bool = False, options: Sequence[str] = ()) -> Iterator[PostgreSql]:
    """Run a PostgreSQL server. One that is not `safe` keeps nothing in a power failure: faster."""
    with tempfile.TemporaryDirectory(prefix="pingpilot-pg-") as folder:
        home, data, port = Path(folder), Path(folder) / "data", free_ports()
        home.chmod(0o755)
        data.mkdir()
        if os.getuid() == 0:  # the server refuses to run as root
            shutil.chown(data, _owner())
        settings = [f"port={port}", "listen_addresses=127.0.0.1", f"unix_socket_directories={data}"]
        settings += ["max_connections=200", *(() if safe else _UNSAFE), *options]
        made = ("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        _run("initdb", "-D", str(data), *made)
        flags = " ".join(f"-c {one}" for one in settings)
        _control(data, "start", "-w", "-o", flags, "-l", str(data / "log"))
        try:
            yield PostgreSql(port, data)
        finally:
            _control(data, "stop", "-m", "immediate")


@dataclass
class RedisServer:
    """A server that runs."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """Return the URL of its first database."""
        return f"redis://127.0.0.1:{self.port}/0"


@contextmanager
def redis() -> Iterator[RedisServer]:
    """Run a Redis server that keeps nothing on disk."""
    port = free_ports()
    with tempfile.TemporaryDirectory(prefix="pingpilot-redis-") as folder:
        server = start_redis(port, Path(folder))
        try:
            yield server
        finally:
            server.process.terminate()
            server.process.wait(10)


def start_redis(port: int, folder: Path) -> RedisServer:
    """Start a Redis server on a port and return once it answers."""
    program = shutil.which("redis-server")
    if program is None:
        raise FileNotFoundError("redis-server is missing: install the package redis-server")
    quiet = ("--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--dir", str(folder))
    log = (folder / "log").open("wb")
    process = subprocess.Popen([program, "--port", str(port), *quiet], stdout=log)
    server = RedisServer(port, process)
    _wait_for(server)
    return server


def _wait_for(server: RedisServer) -> None:
    from redis import Redis
    from redis.backoff import ConstantBackoff
    from redis.exceptions import ConnectionError as NoConnection
    from redis.retry import Retry

    patient = Retry(ConstantBackoff(0.05), 200, supported_errors=(NoConnection,))
    with Redis.from_url(server.url, retry=patient) as client:
        client.ping()


def _control(data: Path, *arguments: str) -> None:
    _run("pg_ctl", "-D", str(data), *arguments)


def _run(name: str, *arguments: str) -> None:
    command = [str(_program(name)), *arguments]
    if os.getuid() == 0:
        command = ["runuser", "-u", _owner(), "--", *command]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False)
    if done.returncode:
        raise RuntimeError(f"{name} failed: {done.stdout}{done.stderr}")


def _program(name: str) -> Path:
    found = shutil.which(name)
    if found:
        return Path(found)
    versions = sorted(_BINARIES.glob(f"*/bin/{name}"), key=lambda path: float(path.parts[-3]))
    if not versions:
        raise FileNotFoundError(f"{name} is missing: install the package postgresql")
    return versions[-1]


def _owner() -> str:
    """Return the account that the server runs as where we are root."""
    return "postgres" if "postgres" in {entry.pw_name for entry in pwd.getpwall()} else "nobody"
