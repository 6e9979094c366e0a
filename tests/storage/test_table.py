"""The table of a category's events: any order, page after page."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, event, insert

from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start, find_category
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.search import index_words
from pingpilot_app.storage.table import (
    FIELD,
    Order,
    Wanted,
    all_ids,
    has_events,
    page_of_ids,
    read_rows,
)
from pingpilot_app.storage.tables import events, search_queue

START = datetime(2026, 3, 6, 10, tzinfo=UTC)

NAMES = ["amount", 'qu"ote', "do.t", "$", "$.a[0]", "spa ce", "a'b", "back\\slash", "ü🐛"]
NAMES.append("x" * 256)


def store(connection: Connection, *fields: Mapping[str, Any], text: str = "It fails") -> Wanted:
    """Store an event a minute for each of `fields`, and return what asks for all of them."""
    account_id = open_account(connection, "ada@example.org", None, Plan.UNLIMITED, START)
    add_quick_start(connection, account_id, START)
    category_id = find_category(connection, account_id, "bug").id
    for number, one in enumerate(fields):
        at = START + timedelta(minutes=number)
        event_id = id_at("evt", at)
        connection.execute(
            insert(events).values(
                id=event_id,
                account_id=account_id,
                category_id=category_id,
                description=f"{text} {number}",
                fields=dict(one),
                status=list(EventStatus)[number % 3],
                created_at=at,
            )
        )
        connection.execute(insert(search_queue).values(account_id=account_id, event_id=event_id))
    return Wanted(account_id, category_id)


def values(connection: Connection, wanted: Wanted, name: str, limit: int = 50) -> list[Any]:
    """Return the field's values in the wanted order, read by pages of `limit`."""
    found: list[Any] = []
    after = None
    while ids := page_of_ids(connection, wanted, after, limit):
        rows = read_rows(connection, wanted.account_id, ids)
        found += [row.fields.get(name) for row in rows]
        after = ids[-1]
    return found


def by(wanted: Wanted, column: str, *, descending: bool = False) -> Wanted:
    return replace(wanted, order=Order(column, descending))


MIXED = [2, "b", None, -1.5, True, 0, "a", 2**53 + 1, "B", 2, False]


@pytest.mark.parametrize("limit", [1, 2, 50])
@pytest.mark.parametrize(
    ("descending", "expected"),
    [
        (False, [-1.5, 0, 2, 2, 2**53 + 1, "B", "a", "b", False, True, None]),
        (True, [2**53 + 1, 2, 2, 0, -1.5, "b", "a", "B", True, False, None]),
    ],
)
def test_numbers_come_before_texts_and_what_is_missing_last(
    database: Database, limit: int, descending: bool, expected: list[Any]
) -> None:
    with database.transaction() as connection:
        wanted = store(connection, *[{} if value is None else {"x": value} for value in MIXED])

        found = values(connection, by(wanted, "fields.x", descending=descending), "x", limit)

    assert found == expected
    assert [type(value) for value in found] == [type(value) for value in expected]


@pytest.mark.parametrize("name", NAMES)
def test_a_field_may_be_called_anything(database: Database, name: str) -> None:
    with database.transaction() as connection:
        wanted = store(connection, {name: 2, "x": 0}, {name: 1}, {name + "!": 0, "x": 0})

        assert values(connection, by(wanted, FIELD + name), name) == [1, 2, None]


def test_the_newest_comes_first_and_pages_hold_all_once(database: Database) -> None:
    with database.transaction() as connection:
        wanted = store(connection, *[{"x": number} for number in range(7)])

        assert values(connection, wanted, "x", limit=3) == [6, 5, 4, 3, 2, 1, 0]
        assert values(connection, by(wanted, "time"), "x", limit=3) == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("column", ["status", "description", "fields.x"])
def test_any_order_pages_as_it_sorts_at_once(database: Database, column: str) -> None:
    with database.transaction() as connection:
        wanted = by(store(connection, *[{"x": n % 2} for n in range(9)]), column, descending=True)

        whole = [one for part in all_ids(connection, wanted) for one in part]

        assert values(connection, wanted, "x", 2) == values(connection, wanted, "x")
        assert page_of_ids(connection, wanted) == whole


def test_a_place_that_is_gone_begins_anew(database: Database) -> None:
    with database.transaction() as connection:
        wanted = by(store(connection, {"x": 1}, {"x": 2}), "fields.x")

        assert len(page_of_ids(connection, wanted, "evt_" + "0" * 26)) == 2


def test_a_period_holds_its_beginning_and_not_its_end(database: Database) -> None:
    with database.transaction() as connection:
        wanted = store(connection, *[{"x": number} for number in range(5)])
        minute = timedelta(minutes=1)
        period = replace(wanted, since=START + minute, until=START + 3 * minute)

        assert values(connection, period, "x") == [2, 1]
        assert values(connection, by(period, "fields.x"), "x") == [1, 2]


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize("column", ["time", "fields.x"])
def test_words_are_found_in_any_order(database: Database, indexed: bool, column: str) -> None:
    with database.transaction() as connection:
        wanted = store(connection, *[{"x": n, "who": "ada" if n % 2 else "bob"} for n in range(6)])
        if indexed:
            index_words(connection)
        searched = replace(wanted, text="Ada")

        assert values(connection, by(searched, column), "x", 2) == [1, 3, 5]
        assert values(connection, by(searched, column, descending=True), "x", 2) == [5, 3, 1]


def test_signs_alone_find_nothing(database: Database) -> None:
    with database.transaction() as connection:
        wanted = store(connection, {"x": 1, "y": "50 %"}, {"x": 2})

        assert values(connection, replace(wanted, text="%"), "x") == []


def test_another_accounts_events_are_in_no_table(database: Database) -> None:
    with database.transaction() as connection:
        wanted = store(connection, {"x": 1})
        stranger = open_account(connection, "eve@example.org", None, Plan.UNLIMITED, START)
        (event_id,) = page_of_ids(connection, wanted)

        assert page_of_ids(connection, replace(wanted, account_id=stranger)) == []
        assert read_rows(connection, stranger, [event_id]) == []
        assert has_events(connection, wanted.account_id, wanted.category_id)
        assert not has_events(connection, stranger, wanted.category_id)


@pytest.mark.parametrize("column", ["time", "fields.x"])
def test_a_category_without_events_costs_no_look_at_the_others(
    database: Database, column: str
) -> None:
    with database.transaction() as connection:
        wanted = store(connection, {"x": 1})
        period = by(replace(wanted, since=START, until=START + timedelta(days=1)), column)
        plans: list[str] = []

        @event.listens_for(connection, "before_cursor_execute")
        def note(_: Any, cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(row[3] for row in rows)

        page_of_ids(connection, period)

    assert "ix_event_account_id_category_id_id (account_id=? AND category_id=?" in plans[0]
