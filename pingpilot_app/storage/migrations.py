"""Bringing a database to the schema that this version needs."""

from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import RevisionError
from sqlalchemy import Connection

from pingpilot_app.storage.database import Database
from pingpilot_app.storage.sealing import seal_all

_INI = Path(__file__).resolve().parents[2] / "alembic.ini"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the missing migrations in one transaction; then encrypt what an older version wrote."""
    with database.transaction() as connection:
        command.upgrade(_config(connection), revision)
    if revision == "head":
        seal_all(database)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back, down to `revision` (`base` for all)."""
    with database.transaction() as connection:
        command.downgrade(_config(connection), revision)


@dataclass(frozen=True, slots=True)
class Level:
    """Where a database stands.

    `current` is its revision, None where it is empty; `missing` what this version would add, the
    oldest first; `known` is False where the revision is not one of this version's.
    """

    current: str | None
    missing: tuple[str, ...]
    known: bool = True

    @property
    def fits(self) -> bool:
        """Tell whether this version can work with the database as it is."""
        return self.known and not self.missing


def level(connection: Connection) -> Level:
    """Compare a database with this version, without migrating it."""
    scripts = ScriptDirectory.from_config(Config(_INI))
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        missing = [one.revision for one in scripts.iterate_revisions("head", current or "base")]
    except RevisionError:
        return Level(current, (), known=False)
    return Level(current, tuple(reversed(missing)))


def _config(connection: object) -> Config:
    config = Config(_INI)
    config.attributes["connection"] = connection
    return config
