"""A deleted account: out of reach at once, gone in batches."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import retention
from pingpilot_app.storage.account_removal import EVENTS_BATCH, begin_removal
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.seed import seed_events
from pingpilot_app.storage.tables import Table, accounts, events, memberships, users
from pingpilot_app.storage.users import user_with

NOW = datetime(2026, 3, 6, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def ada(connection):
    account_id = open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    seed_events(connection, EVENTS_BATCH * 2 + 1, NOW)
    return account_id


def rows(connection, table):
    return len(connection.execute(table.select()).all())


def test_it_takes_a_batch_at_a_time(connection, ada):
    begin_removal(connection, ada, NOW)
    delete = retention.KINDS["events of deleted accounts"]

    assert [delete(connection, NOW) for _ in range(4)] == [EVENTS_BATCH, EVENTS_BATCH, 1, 0]


def test_the_account_stays_until_its_events_are_gone(connection, ada):
    begin_removal(connection, ada, NOW)

    assert retention.KINDS["deleted accounts"](connection, NOW) == 0
    assert rows(connection, accounts) == 1


def test_housekeeping_goes_on_with_what_a_stop_left(connection, ada):
    begin_removal(connection, ada, NOW)
    for delete in retention.KINDS.values():
        while delete(connection, NOW + timedelta(minutes=10)):
            pass

    left = {table.name: rows(connection, table) for table in Table.metadata.sorted_tables}
    assert {name for name, count in left.items() if count} <= {"alembic_version"}


def test_other_accounts_stay(connection, ada):
    bob = open_account(connection, "bob@example.org", None, Plan.FREE, NOW)
    begin_removal(connection, bob, NOW)
    for delete in retention.KINDS.values():
        while delete(connection, NOW):
            pass

    assert rows(connection, events) == EVENTS_BATCH * 2 + 1
    assert [row.id for row in connection.execute(accounts.select())] == [ada]


def test_who_is_in_another_account_too_stays(connection, ada):
    bob = open_account(connection, "bob@example.org", None, Plan.FREE, NOW)
    user = user_with(connection, "bob@example.org")
    connection.execute(
        memberships.insert().values(account_id=ada, user_id=user.id, role="member", created_at=NOW)
    )
    begin_removal(connection, bob, NOW)

    assert rows(connection, users) == 2
