"""What streams go by: the order of what happened to events."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.changes import (
    delete_changes,
    last_change,
    list_changes,
    note_changes,
    number_at,
)

NOW = datetime(2026, 3, 6, tzinfo=UTC)


@pytest.fixture
def connection(database):
    """A transaction of the writer."""
    with database.write_engine.begin() as connection:
        yield connection


def opened(connection, email="ann@example.org"):
    """Return the id of a new account."""
    return open_account(connection, email, None, Plan.FREE, NOW)


def test_changes_keep_their_order(connection):
    ann = opened(connection)
    note_changes(connection, [(ann, "evt_b"), (ann, "evt_a")], created=True)
    note_changes(connection, [(ann, "evt_b")])
    found = list_changes(connection, ann, 0, 10)
    assert [one.event_id for one in found] == ["evt_b", "evt_a", "evt_b"]
    assert [one.created for one in found] == [True, True, False]
    assert sorted({one.number for one in found}) == [one.number for one in found]


def test_a_reader_goes_on_behind_what_it_has(connection):
    ann = opened(connection)
    note_changes(connection, [(ann, "evt_a"), (ann, "evt_b")])
    first, second = list_changes(connection, ann, 0, 10)
    assert list_changes(connection, ann, first.number, 10) == [second]
    assert last_change(connection, ann) == second.number


def test_accounts_do_not_see_each_other(connection):
    ann, bob = opened(connection), opened(connection, "bob@example.org")
    note_changes(connection, [(ann, "evt_a"), (bob, "evt_b")])
    assert [one.event_id for one in list_changes(connection, bob, 0, 10)] == ["evt_b"]
    assert last_change(connection, ann) > 0


def test_numbers_grow_though_old_changes_are_deleted(connection):
    ann = opened(connection)
    note_changes(connection, [(ann, "evt_a")])
    before = last_change(connection, ann)
    after_now = number_at(datetime.now(UTC) + timedelta(minutes=1))
    assert delete_changes(connection, ann, after_now, 10) == 1
    note_changes(connection, [(ann, "evt_b")])
    assert last_change(connection, ann) > before
