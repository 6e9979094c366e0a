"""What the commands that change the database share: opening it, and telling what was refused."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import Connection

from pingpilot_app import settings
from pingpilot_app.delivery.data_lock import DataLock
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.settings import Settings, SettingsError
from pingpilot_app.storage import migrations
from pingpilot_app.storage.database import open_database


def load_settings() -> Settings:
    """Return the settings, or end the command with the sentence that names the bad one."""
    try:
        return settings.load()
    except SettingsError as exc:
        raise click.ClickException(str(exc)) from exc


@contextmanager
def opened(configured: Settings) -> Iterator[Connection]:
    """Open the database, at this version's schema, for one write transaction.

    A running server notices the change within a second.
    """
    database = open_database(configured)
    try:
        migrations.upgrade(database)
        with database.transaction() as connection:
            yield connection
    except PingPilotError as exc:
        raise click.ClickException(exc.message) from exc
    finally:
        database.close()


@contextmanager
def data_lock(configured: Settings) -> Iterator[None]:
    """Hold the data directory, or end the command where a PingPilot runs on it."""
    lock = DataLock(configured.data_dir)
    try:
        lock.acquire()
    except SettingsError as exc:
        raise click.ClickException(str(exc)) from exc
    try:
        yield
    finally:
        lock.release()
