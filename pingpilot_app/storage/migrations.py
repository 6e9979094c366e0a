"""Bringing a database to the schema that this version needs."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from pingpilot_app.storage.database import Database

_INI = Path(__file__).resolve().parents[2] / "alembic.ini"


def upgrade(database: Database, revision: str = "head") -> None:
    """Run the missing migrations in one transaction."""
    with database.transaction() as connection:
        command.upgrade(_config(connection), revision)


def downgrade(database: Database, revision: str) -> None:
    """Take migrations back, down to `revision` (`base` for all)."""
    with database.transaction() as connection:
        command.downgrade(_config(connection), revision)


def _config(connection: object) -> Config:
    config = Config(_INI)
    config.attributes["connection"] = connection
    return config
