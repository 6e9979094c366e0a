"""`backup`, `restore`, `seed`: looking after an instance."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import make_url

from pingpilot_app.commands.doctor.reading import connected
from pingpilot_app.commands.store import data_lock, load_settings, opened
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.settings import Settings
from pingpilot_app.storage import migrations
from pingpilot_app.storage import seed as seeding
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.database import open_database
from pingpilot_app.storage.sealing import count_lost
from pingpilot_app.storage.vault import KEY_FILE, LOST

_KEPT_APART = (
    f"It holds no key: keep a copy of DATA_DIR/secret.key and DATA_DIR/{KEY_FILE}, or of "
    "SECRET_KEY and ENCRYPTION_KEYS, in another place. Without them no API key works, and "
    "addresses and second factors have to be set up again."
)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """Copy the database to FILE, also while PingPilot runs, and check the copy."""
    source = _sqlite_path(load_settings())
    if not source.exists():
        raise click.ClickException(f"There is no database at {source}. Check DATA_DIR.")
    try:
        file.touch(mode=0o600, exist_ok=False)
    except FileExistsError as exc:
        raise click.ClickException(f"{file} exists already; choose another name.") from exc
    except OSError as exc:
        raise click.ClickException(f"{file} cannot be written: {exc.strerror}") from exc
    _copy(source, file)
    click.echo(f"Backed up to {file} and checked it. {_KEPT_APART}")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Replace the database by the backup FILE. PingPilot must not be running."""
    configured = load_settings()
    target = _sqlite_path(configured)
    fresh, before = target.with_suffix(".restoring"), target.with_suffix(".before-restore")
    with data_lock(configured):
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        _copy(file, fresh)
        replaced = target.exists()
        _put_aside(target, before)
        fresh.replace(target)
        _note_restore(configured, file)
    click.echo(f"Restored {file}." + (f" What was there before is at {before}." * replaced))
    _tell_lost(configured)


def _tell_lost(configured: Settings) -> None:
    """Say at once where the keys of this machine do not open what was restored."""
    with connected(configured) as connection:
        fits = migrations.level(connection).fits  # an older one gets encrypted at the start
        lost = count_lost(connection) if fits else 0
    if lost:
        click.echo(
            f"{lost:,} of its encrypted values cannot be read with the keys that are here. {LOST}"
        )


def _note_restore(configured: Settings, file: Path) -> None:
    """Write it into the log of what was restored, unless a newer version made that."""
    database = open_database(configured)
    with database.transaction() as connection:
        known = migrations.level(connection).known
    database.close()
    if known:
        with opened(configured) as connection:
            entry = Entry(Action.RESTORED, COMMAND_LINE, None, file.name)
            add_entry(connection, entry, datetime.now(UTC))


def _put_aside(database: Path, before: Path) -> None:
    """Rename the database with what belongs to it; it may be damaged, so it is not opened."""
    for ending in ("", "-wal", "-shm"):
        old, kept = Path(f"{database}{ending}"), Path(f"{before}{ending}")
        kept.unlink(missing_ok=True)
        if old.exists():
            old.replace(kept)


def _sqlite_path(configured: Settings) -> Path:
    url = make_url(configured.database)
    if url.get_backend_name() != "sqlite" or not url.database:
        raise click.ClickException("This database is not SQLite; use its own tools, as pg_dump.")
    return Path(url.database)


def _copy(source: Path, target: Path) -> None:
    """Copy a PingPilot database page by page and check the copy; a bad one does not stay."""
    try:
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
            # Without a WAL of its own, the copy opens where nothing can be written.
            copy.execute("PRAGMA journal_mode=DELETE")
            copy.execute("SELECT version_num FROM alembic_version, event LIMIT 0")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as exc:
        _discard(target)
        raise click.ClickException(_why(source, target, exc)) from exc
    if found != "ok":
        _discard(target)
        raise click.ClickException(f"{source} is damaged: {found}")


def _why(source: Path, target: Path, exc: sqlite3.DatabaseError) -> str:
    """Tell a disk in trouble from a file that is something else."""
    if exc.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR):
        return f"{source} cannot be copied to {target}: {exc}. Check the disk and its room."
    return f"{source} is no PingPilot database: {exc}"


def _discard(copy: Path) -> None:
    """Delete a copy with the journal that a copying that failed leaves behind."""
    for ending in ("", "-journal"):
        Path(f"{copy}{ending}").unlink(missing_ok=True)


@click.command()
@click.option("--events", type=click.IntRange(1, 10_000_000), required=True)
def seed(events: int) -> None:
    """Fill the first account with events of the last 90 days, to try PingPilot at size."""
    with (
        opened(load_settings()) as connection,
        click.progressbar(length=events, label="Storing events") as bar,
    ):
        seeding.seed_events(connection, events, datetime.now(UTC), bar.update)
    click.echo(f"Stored {events:,} events.")
