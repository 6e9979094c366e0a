"""Alembic's entry: which database, which tables."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from sqlalchemy import Connection
from sqlmodel.sql.sqltypes import AutoString

from pingpilot_app import settings
from pingpilot_app.storage.database import open_database
from pingpilot_app.storage.sealed import Sealed
from pingpilot_app.storage.tables import Table, UtcDateTime, is_ours


def plain_type(kind: str, column_type: Any, _: object) -> str | Literal[False]:
    """Write our types as the database sees them: old migrations then need no code of ours."""
    if kind == "type" and isinstance(column_type, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(column_type, Sealed):
        return "sa.String()"
    if kind == "type" and isinstance(column_type, sa.String | AutoString):  # Enum is one too
        return f"sa.String({column_type.length or ''})"
    return False


def run(connection: Connection) -> None:
    """Run the migrations in the open transaction of `connection`."""
    context.configure(
        connection=connection,
        target_metadata=Table.metadata,
        include_name=is_ours,
        render_item=plain_type,
        render_as_batch=connection.dialect.name == "sqlite",
    )
    context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    with open_database(settings.load()).transaction() as own:
        run(own)
