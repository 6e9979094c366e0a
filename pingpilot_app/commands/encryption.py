"""`encryption`: the keys that addresses, provider state and second factors are encrypted with."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import click

from pingpilot_app.commands.store import load_settings
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.settings import SettingsError
from pingpilot_app.storage import migrations
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.database import Database, open_database
from pingpilot_app.storage.sealing import Resealed, reseal_all
from pingpilot_app.storage.vault import KEY_FILE, new_key, read_keys, write_keys

_RESTARTED = (
    "Every PingPilot process has to run with these ENCRYPTION_KEYS already, or it could not read "
    "what is encrypted now. Go on?"
)


@click.group()
def encryption() -> None:
    """Change the keys that addresses, provider state and second factors are encrypted with."""


@encryption.command("new-key")
def print_key() -> None:
    """Print a fresh key for ENCRYPTION_KEYS."""
    click.echo(new_key().decode())


@encryption.command()
@click.option("--keep-old", is_flag=True, help="Leave the old keys in the file.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def rotate(keep_old: bool, yes: bool) -> None:
    """Encrypt everything with a new key, also while PingPilot runs.

    Ended at any moment, it can be run again: what was encrypted before stays readable. Where
    ENCRYPTION_KEYS is set, its first key is the new one; nothing is made or dropped then.
    """
    configured = load_settings()
    database = open_database(configured)
    try:
        migrations.upgrade(database)
        if configured.encryption_keys is None:
            with _alone(configured.data_dir):
                _by_file(database, configured.data_dir / KEY_FILE, keep_old=keep_old)
        elif yes or click.confirm(_RESTARTED, abort=True):
            _by_setting(database, configured.data_dir / KEY_FILE)
    except SettingsError as exc:
        raise click.ClickException(str(exc)) from exc
    finally:
        database.close()


def _by_file(database: Database, file: Path, *, keep_old: bool) -> None:
    database.vault.load(make=True)
    old = read_keys(file)
    write_keys(file, (new_key(), *old))  # from here on, running servers find both
    done = _reseal(database)
    if keep_old:
        click.echo(f"{file} has the new key in its first line and {len(old)} older below.")
        return
    write_keys(file, read_keys(file)[:1])
    click.echo(
        f"{file} has the new key alone: keep a copy of it apart from your backups. Backups from "
        "before need the old key, which only your copy of the file has now."
    )
    _tell_lost(done)


def _by_setting(database: Database, file: Path) -> None:
    done = _reseal(database)
    others = len(database.vault.given) - 1
    click.echo("Everything is encrypted with the first key of ENCRYPTION_KEYS.")
    if others:
        click.echo(
            f"The other{'s' if others > 1 else ''} may be removed from it. Keep what is removed "
            "with the backups from before, which need it."
        )
    if file.exists():
        click.echo(f"{file} is not needed any more, but for backups from before.")
    _tell_lost(done)


def _reseal(database: Database) -> Resealed:
    done = reseal_all(database)
    detail = {"values": done.values, "unreadable": done.lost}
    entry = Entry(Action.ENCRYPTION_ROTATED, COMMAND_LINE, None, detail=detail)
    with database.transaction() as connection:
        add_entry(connection, entry, datetime.now(UTC))
    click.echo(f"Encrypted {done.values:,} value{'' if done.values == 1 else 's'} anew.")
    return done


def _tell_lost(done: Resealed) -> None:
    if done.lost:
        click.echo(
            f"{done.lost:,} could not be read with any key and stay as they are; "
            "`python -m pingpilot_app doctor` says what to do."
        )


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Hold the key file: of two rotations at once, one would drop the other's key."""
    lock = os.open(data_dir / "encryption.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise click.ClickException("Another rotation is under way. Wait for its end.") from None
    finally:
        os.close(lock)
