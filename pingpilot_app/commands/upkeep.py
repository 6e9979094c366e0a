"""`doctor`, `backup`, `restore`, `seed`: looking after an instance."""

import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click
import httpx
from sqlalchemy import make_url

from pingpilot_app.commands.store import data_lock, load_settings, opened
from pingpilot_app.domain.channel import Channel
from pingpilot_app.settings import Settings, providers
from pingpilot_app.storage import seed as seeding

FREE_MIN = 200 * 1024 * 1024  # bytes


@click.command()
def doctor() -> None:
    """Check configuration, database, providers and the running server; say what to mend."""
    configured = load_settings()
    findings = [
        ("settings", None),
        ("disk", _disk(configured)),
        ("database", _database(configured)),
        *_providers(configured),
        ("server", _server(configured)),
    ]
    for part, trouble in findings:
        click.echo(f"ok   {part}" if trouble is None else f"BAD  {part} {trouble}")
    if any(trouble for _, trouble in findings):
        raise SystemExit(1)


def _disk(configured: Settings) -> str | None:
    configured.data_dir.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(configured.data_dir).free
    if free >= FREE_MIN:
        return None
    return f"only {free // 2**20} MiB free at DATA_DIR {configured.data_dir}; make room"


def _database(configured: Settings) -> str | None:
    try:
        with opened(configured) as connection:
            found = connection.exec_driver_sql("PRAGMA quick_check").scalar_one()
    except Exception as exc:  # the doctor reports, whatever it is
        return f"cannot be opened or migrated: {exc}. Check DATA_DIR, DATABASE_URL and their rights"
    return None if found == "ok" else f"is damaged ({found}); restore a backup"


def _providers(configured: Settings) -> list[tuple[str, str | None]]:
    found = providers(configured)
    given = {
        Channel.DISCORD: found.discord,
        Channel.TELEGRAM: found.telegram,
        Channel.EMAIL: found.smtp,
    }
    settings_of = {
        Channel.DISCORD: "DISCORD_BOT_TOKEN",
        Channel.TELEGRAM: "TELEGRAM_BOT_TOKEN and TELEGRAM_BOT_USERNAME",
        Channel.EMAIL: "SMTP_HOST",
    }
    return [
        (
            f"{channel} (sandbox)" if provider and provider.sandboxed else str(channel),
            None if provider else f"is not set up; set {settings_of[channel]}",
        )
        for channel, provider in given.items()
    ]


def _server(configured: Settings) -> str | None:
    url = f"http://127.0.0.1:{configured.port}/readyz"
    try:
        response = httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return f"does not answer at {url}; start it with `make run`"
    return None if response.status_code == 200 else f"is not ready: {response.text}"


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
    click.echo(f"Backed up to {file} and checked it. Keep it with DATA_DIR/secret.key.")


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
        _put_aside(target, before)
        fresh.replace(target)
    click.echo(f"Restored {file}. What was there before is at {before}.")


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
            copy.execute("SELECT version_num FROM alembic_version, event LIMIT 0")
            found = copy.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as exc:
        target.unlink()
        raise click.ClickException(f"{source} is no PingPilot database: {exc}") from exc
    if found != "ok":
        target.unlink()
        raise click.ClickException(f"{source} is damaged: {found}")


@click.command()
@click.option("--events", type=click.IntRange(1, 10_000_000), required=True)
def seed(events: int) -> None:
    """Fill the first account with events of the last 90 days, to try PingPilot at size."""
    with opened(load_settings()) as connection:
        seeding.seed_events(connection, events, datetime.now(UTC))
    click.echo(f"Stored {events:,} events.")
