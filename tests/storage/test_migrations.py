"""Migrations: both directions, and equal to the tables."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from pingpilot_app.storage import migrations
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.tables import Table, is_ours


def names(database: Database) -> set[str]:
    return set(inspect(database.read_engine).get_table_names())


def test_the_migrations_make_the_tables_that_the_code_declares(database):
    with database.read_engine.connect() as connection:
        options = {"target_metadata": Table.metadata, "include_name": is_ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []


def test_every_migration_can_be_taken_back(database):
    assert "event" in names(database)
    migrations.downgrade(database, "base")
    assert names(database) == {"alembic_version"}


def test_upgrading_twice_changes_nothing(database):
    migrations.upgrade(database)
    assert "event" in names(database)


def test_sqlite_is_durable_and_checks_references(database):
    with database.transaction() as connection:
        pragmas = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert pragmas == ["wal", 2, 1]  # 2 is FULL
