"""The database: its file, its schema, its pages."""

import os
import pwd
import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, make_url, select
from sqlalchemy.exc import SQLAlchemyError

from pingpilot_app.commands.doctor import encryption, second_factor
from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.commands.doctor.reading import READ_TIME, connected, sqlite_path
from pingpilot_app.settings import Settings
from pingpilot_app.storage import migrations
from pingpilot_app.storage.tables import api_keys

FREE_MIN = 200 * 1024 * 1024  # bytes

PART = "database"

_WAL_FORMAT = 2  # https://www.sqlite.org/fileformat.html#file_format_version_numbers
_MIGRATE = "Run `python -m pingpilot_app migrate`, or start PingPilot, which does it."
_RESTORE = "Stop PingPilot and run `python -m pingpilot_app restore FILE` with a backup."


def look(configured: Settings, *, free_min: int = FREE_MIN) -> Iterator[Finding]:
    """Tell how the database is, and whether it is this version's."""
    path = sqlite_path(configured)
    try:
        if path is None:
            yield from _postgresql(configured)
        elif path == Path(":memory:"):
            yield bad(PART, "DATABASE_URL names no file, so nothing would be kept. Add its path.")
        elif path.exists():
            yield from _sqlite(configured, path, free_min)
        else:
            yield from _absent(path)
    except OSError as exc:
        yield bad(PART, f"{exc.filename or path}: {exc.strerror}. Check DATA_DIR and its rights.")


def _absent(path: Path) -> Iterator[Finding]:
    yield bad(
        PART,
        f"There is none at {path.resolve()}: nothing was started here yet. "
        "Start PingPilot with `make run`; if it ran before, check DATA_DIR.",
    )
    place = next(folder for folder in path.resolve().parents if folder.exists())
    if not _writable(place):
        yield bad(PART, f"{_user()} cannot write to {place}, so it cannot be made there.")


def _sqlite(configured: Settings, path: Path, free_min: int) -> Iterator[Finding]:
    yield _rights(path)
    yield from _mode(path)
    yield _space(path.parent, free_min)
    try:
        with connected(configured) as connection:
            yield _schema(migrations.level(connection))
            yield from _pepper(configured, connection)
            yield from encryption.look(configured, connection)
            yield from second_factor.look(configured, connection)
            yield _pages(connection)
    except SQLAlchemyError as exc:
        yield bad(PART, f"It cannot be read: {_words(exc)}. {_RESTORE}")


def _rights(path: Path) -> Finding:
    beside = [Path(f"{path}{ending}") for ending in ("-wal", "-shm")]
    needed = [path.parent, path, *(file for file in beside if file.exists())]
    refused = [str(one.resolve()) for one in needed if not _writable(one)]
    if not refused:
        return ok(PART, f"{path.resolve()} can be written.")
    return bad(
        PART,
        f"{_user()} cannot write to {', '.join(refused)}. Give that right to the user that "
        "PingPilot runs as, and run doctor as that user.",
    )


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _user() -> str:
    try:
        return f"The user {pwd.getpwuid(os.geteuid()).pw_name}"
    except KeyError:  # no name, as in containers
        return f"User {os.geteuid()}"


def _mode(path: Path) -> Iterator[Finding]:
    with path.open("rb") as file:
        header = file.read(20)
    if len(header) == 20 and header[18] != _WAL_FORMAT:
        yield note(
            PART,
            "It is not in WAL mode, which PingPilot sets at its start. If this stays, its disk "
            "cannot do it, as network disks cannot: move DATA_DIR to a local one.",
        )


def _space(folder: Path, free_min: int) -> Finding:
    free = shutil.disk_usage(folder).free
    if free >= free_min:
        return ok("disk", f"{_size(free)} are free at {folder.resolve()}.")
    return bad(
        "disk",
        f"Only {_size(free)} are free at {folder.resolve()}, and {_size(free_min)} are needed. "
        "Make room there.",
    )


def _size(count: int) -> str:
    mebibytes = count // 2**20
    return f"{mebibytes:,} MiB" if mebibytes < 10 * 1024 else f"{mebibytes // 1024:,} GiB"


def _schema(level: migrations.Level) -> Finding:
    if level.current is None:
        return bad("schema", f"The database is empty. {_MIGRATE}")
    if not level.known:
        return bad(
            "schema",
            f"The database is at {level.current}, which this version does not know: a newer one "
            "wrote it. Install that version again, or restore a backup.",
        )
    if level.missing:
        return bad("schema", f"The database lacks {', '.join(level.missing)}. {_MIGRATE}")
    return ok("schema", f"The database is at {level.current}, as this version needs it.")


def _pepper(configured: Settings, connection: Connection) -> Iterator[Finding]:
    """Tell where keys are left without their secret, as by restoring the database alone."""
    kept = configured.data_dir / "secret.key"
    if configured.secret_key or kept.exists() or not migrations.level(connection).fits:
        return
    if connection.execute(select(api_keys.c.id).limit(1)).first():
        yield bad(
            "secret",
            f"{kept.resolve()} is missing. The next start makes another, and no API key works any "
            "more: put the file back from your backup, or make new keys.",
        )


def _pages(connection: Connection) -> Finding:
    try:
        found = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
    except SQLAlchemyError as exc:
        if "interrupted" not in str(exc):
            raise
        return note(
            PART,
            f"It is too large to be checked in {READ_TIME:.0f} s. "
            "`python -m pingpilot_app backup FILE` checks its copy to the end.",
        )
    if found == "ok":
        return ok(PART, "Its pages are sound.")
    return bad(PART, f"It is damaged: {found}. {_RESTORE}")


def _postgresql(configured: Settings) -> Iterator[Finding]:
    url = make_url(configured.database).set(query={})  # which may hold a password too
    shown = f"DATABASE_URL {url.render_as_string(hide_password=True)}"
    try:
        with connected(configured) as connection:
            level = migrations.level(connection)
            yield ok(PART, f"{shown} answers.")
            yield _schema(level)
            yield from _pepper(configured, connection)
            yield from encryption.look(configured, connection)
            yield from second_factor.look(configured, connection)
    except ImportError as exc:
        yield bad(PART, f"{shown} needs the Python package {exc.name}. Install it in .venv.")
    except SQLAlchemyError as exc:
        yield bad(PART, f"{shown} cannot be used: {_words(exc)}. Check it, and its server.")
    yield note(
        PART,
        "Disk space, rights, WAL and pages were skipped: they are SQLite's. "
        "PostgreSQL has its own tools.",
    )


def _words(exc: SQLAlchemyError) -> str:
    return str(getattr(exc, "orig", None) or exc).strip().partition("\n")[0].rstrip(".")
