"""Whether the keys that are here open what the database holds encrypted."""

import stat
from collections.abc import Iterator

from sqlalchemy import Connection

from pingpilot_app.commands.doctor.finding import Finding, bad, ok
from pingpilot_app.settings import Settings, SettingsError
from pingpilot_app.storage import migrations
from pingpilot_app.storage.sealing import count_lost
from pingpilot_app.storage.vault import KEY_FILE, LOST

PART = "encryption"


def look(configured: Settings, connection: Connection) -> Iterator[Finding]:
    """Tell what no key opens, and a key file that others can read."""
    if not migrations.level(connection).fits:
        return
    try:
        lost = count_lost(connection)
    except SettingsError as exc:
        yield bad(PART, str(exc))
        return
    if lost:
        yield bad(PART, f"{lost:,} encrypted values cannot be read. {LOST}")
    else:
        yield ok(PART, "The keys open everything that is encrypted.")
    yield from _rights(configured)


def _rights(configured: Settings) -> Iterator[Finding]:
    file = configured.data_dir / KEY_FILE
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        yield bad(PART, f"Others can read {file.resolve()}. Run `chmod 600` on it.")
