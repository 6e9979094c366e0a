"""Events are found by their words, before and after these are indexed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, func, insert, select

from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import id_at, order_of
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import tables
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.events import EventFilter, count_events, list_events
from pingpilot_app.storage.search import BATCH, WORDS_MAX, index_words

NOW = datetime.now(UTC)


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def ada(connection):
    return account(connection, "ada@example.org")


def account(connection, email: str) -> str:
    account_id = open_account(connection, email, None, Plan.FREE, NOW)
    add_quick_start(connection, account_id, NOW)
    return account_id


def store(connection, account_id: str, description: str, category: str = "bug", **more) -> str:
    found = {one.name: one.id for one in list_categories(connection, account_id)}
    at = more.pop("at", NOW)
    event = {
        "account_id": account_id,
        "id": more.pop("id", id_at("evt", at)),
        "category_id": found[category],
        "description": description,
        "fields": more,
        "status": EventStatus.PENDING,
        "created_at": at,
    }
    connection.execute(insert(tables.events).values(event))
    queued = {"account_id": account_id, "event_id": event["id"]}
    connection.execute(insert(tables.search_queue).values(queued))
    return event["id"]


def ids(connection, account_id: str, text: str, **more) -> list[str]:
    page = list_events(connection, account_id, EventFilter(text=text, **more))
    return [event.id for event in page.events]


def index_all(connection) -> None:
    while index_words(connection):
        pass


@pytest.fixture(params=["queued", "indexed"])
def indexed(request, connection):
    """Index what is stored, or leave it in the queue."""
    return index_all if request.param == "indexed" else lambda _: None


def test_an_event_is_found_by_each_of_its_words(connection, ada, indexed):
    event = store(connection, ada, "Checkout FAILS for Zoë", order="A-17", first=False)
    store(connection, ada, "Something else")
    indexed(connection)
    for text in ("fails", "checkout zoe", "a-17", "order", "false", "chec"):
        assert ids(connection, ada, text) == [event], text
    for text in ("heckout", "fails twice", '"', "checkout OR else", "fail* NOT"):
        assert ids(connection, ada, text) == [], text


def test_another_account_finds_nothing(connection, ada, indexed):
    bob = account(connection, "bob@example.org")
    store(connection, ada, "Checkout fails")
    indexed(connection)
    assert ids(connection, bob, "checkout") == []


def test_a_search_keeps_to_the_other_filters(connection, ada, indexed):
    old = store(connection, ada, "Checkout fails", at=NOW - timedelta(days=2))
    sale = store(connection, ada, "Checkout done", "sale")
    indexed(connection)
    assert ids(connection, ada, "checkout") == [sale, old]
    assert ids(connection, ada, "checkout", category="BUG") == [old]
    assert ids(connection, ada, "checkout", category="none") == []
    assert ids(connection, ada, "checkout", since=NOW - timedelta(days=1)) == [sale]
    assert ids(connection, ada, "checkout", until=NOW - timedelta(days=1)) == [old]
    assert ids(connection, ada, "checkout", status=EventStatus.FAILED) == []
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    assert ids(connection, ada, "checkout", since=first, until=last) == [sale, old]


def test_pages_of_a_search_lead_through_all_of_it_once(connection, ada):
    stored = [store(connection, ada, f"Checkout {n}") for n in range(30)]  # of one millisecond
    index_words(connection, 17)  # some are indexed, some are queued
    found, before = [], None
    while True:
        page = list_events(connection, ada, EventFilter(text="checkout", before=before, limit=7))
        found += [event.id for event in page.events]
        before = page.cursor
        if before is None:
            break
    assert found == sorted(stored, reverse=True)


def test_events_that_share_a_number_are_all_indexed(connection, ada):
    first = id_at("evt", NOW)
    second = first[:-6] + "000000"
    assert order_of(first) == order_of(second)
    for event_id in (first, second):
        store(connection, ada, "Checkout", id=event_id)
    index_all(connection)
    assert set(ids(connection, ada, "checkout")) == {first, second}


def test_a_beginning_of_very_many_words_finds_them_all(connection, ada):
    for number in range(WORDS_MAX + 5):
        store(connection, ada, f"order{number:03}")
    index_all(connection)
    assert len(ids(connection, ada, "order", limit=100)) == WORDS_MAX + 5


def test_deleted_events_leave_the_index(connection, ada):
    event = store(connection, ada, "Checkout fails")
    index_all(connection)
    connection.execute(delete(tables.events).where(tables.events.c.id == event))
    assert connection.execute(select(func.count()).select_from(tables.search)).scalar_one() == 0
    if connection.dialect.name == "sqlite":  # whose index is a table of its own
        match = "SELECT count(*) FROM search_words WHERE search_words MATCH ?"
        assert connection.exec_driver_sql(match, (f'"{ada[-8:]}:checkout"',)).scalar_one() == 0
        check = "INSERT INTO search_words (search_words) VALUES ('integrity-check')"
        connection.exec_driver_sql(check)


def test_a_batch_is_bounded_and_the_queue_runs_empty(connection, ada):
    for _ in range(BATCH + 1):
        store(connection, ada, "Checkout")
    assert [index_words(connection) for _ in range(3)] == [BATCH, 1, 0]


def test_any_cursor_of_the_right_form_is_taken(connection, ada):
    event = store(connection, ada, "Checkout")
    index_all(connection)
    for digits in ("z" * 26, "il" * 13, "0" * 26, "0ilou" * 5 + "0"):
        found = ids(connection, ada, "checkout", before=f"evt_{digits}")
        assert found == ([] if digits[:2] == "00" else [event])


def test_what_is_new_is_counted_by_its_words(connection, ada, indexed):
    first = store(connection, ada, "Checkout 1")
    store(connection, ada, "Checkout 2", at=NOW + timedelta(seconds=1))
    store(connection, ada, "Something else")
    indexed(connection)
    assert count_events(connection, ada, EventFilter(text="checkout", after=first)) == 1
    assert count_events(connection, ada, EventFilter(text="checkout", limit=1)) == 1
