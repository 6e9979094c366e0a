"""Events are listed by who is on them, and each says who that is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import insert

from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.response import Responder, Whose
from pingpilot_app.storage import claims, tables
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.events import EventFilter, count_events, get_event, list_events
from pingpilot_app.storage.search import index_words
from tests.storage.test_events import store

NOW = datetime.now(UTC)
ANN = Responder("Ann", "usr_ann")
BEN = Responder("Ben", "usr_ben")


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def account(connection):
    account_id = open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    add_quick_start(connection, account_id, NOW)
    return account_id


@pytest.fixture
def made(connection, account):
    """Six events: Ann's, Ann's done, Ben's, Ben's done, nobody's any more, nobody's."""
    ids = store(connection, account, 6, EventStatus.DELIVERED)
    for who, event_id in zip((ANN, ANN, BEN, BEN, ANN), ids, strict=False):
        claims.claim(connection, account, event_id, who, NOW)
    claims.resolve(connection, account, ids[1], BEN, NOW, note="Restarted it.")
    claims.resolve(connection, account, ids[3], BEN, NOW)
    claims.release(connection, account, ids[4], BEN, NOW)
    return ids


def listed(connection, account_id, whose, **more):
    """Return the ids of the events, newest first, as Ann asks for them."""
    wanted = EventFilter(whose=whose, user_id=ANN.user_id, **more)
    return [one.id for one in list_events(connection, account_id, wanted).events]


def test_mine_is_what_i_am_on_and_is_not_done(connection, account, made):
    assert listed(connection, account, Whose.MINE) == [made[0]]


def test_unclaimed_is_what_nobody_is_on(connection, account, made):
    assert listed(connection, account, Whose.UNCLAIMED) == [made[5], made[4]]


def test_resolved_is_what_is_done_whoever_did_it(connection, account, made):
    assert listed(connection, account, Whose.RESOLVED) == [made[3], made[1]]


def test_who_is_on_an_event_comes_with_it(connection, account, made):
    found = list_events(connection, account, EventFilter()).events
    names = [one.claim.name if one.claim else None for one in found]
    assert names == [None, None, "Ben", "Ben", "Ann", "Ann"]
    done = get_event(connection, account, made[1]).claim
    assert (done.name, done.resolved_by, done.note) == ("Ann", "Ben", "Restarted it.")


def test_nobody_without_an_id_has_events(connection, account, made):
    claims.claim(connection, account, made[5], Responder("ann#1234"), NOW)
    assert list_events(connection, account, EventFilter(whose=Whose.MINE)).events == []


def test_another_account_sees_none_of_it(connection, account, made):
    other = open_account(connection, "eve@example.org", None, Plan.FREE, NOW)
    for whose in Whose:
        assert listed(connection, other, whose) == []


@pytest.mark.parametrize("whose", [Whose.MINE, Whose.RESOLVED, Whose.UNCLAIMED])
def test_pages_follow_each_other(connection, account, whose):
    ids = store(connection, account, 9, EventStatus.DELIVERED)
    for event_id in ids if whose is not Whose.UNCLAIMED else []:
        act = claims.resolve if whose is Whose.RESOLVED else claims.claim
        act(connection, account, event_id, ANN, NOW)
    first = listed(connection, account, whose, limit=4)
    rest = listed(connection, account, whose, before=first[-1])
    assert first + rest == ids[::-1]
    newer = EventFilter(whose=whose, user_id=ANN.user_id, after=ids[5])
    assert count_events(connection, account, newer) == 3


@pytest.mark.parametrize("is_indexed", [False, True])
def test_it_goes_together_with_words_and_category(connection, account, made, is_indexed):
    queued = [{"account_id": account, "event_id": one} for one in made]
    connection.execute(insert(tables.search_queue), queued)
    if is_indexed:
        index_words(connection)
    both = {"text": "happened", "category": list_categories(connection, account)[0].name}
    found = listed(connection, account, Whose.MINE, **both)
    assert found == [made[0]]
    assert listed(connection, account, Whose.MINE, text="teapot") == []
    assert listed(connection, account, Whose.RESOLVED, **both) == [made[3], made[1]]
    assert listed(connection, account, Whose.UNCLAIMED, **both) == [made[5], made[4]]


def plan(connection, account_id, wanted) -> list[str]:
    """Return how SQLite finds the events of a page."""
    seen: list[str] = []

    def note(_connection, cursor, statement, parameters, *_):
        if "EXPLAIN" not in statement:
            rows = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            seen.extend(row[3] for row in rows)

    sqlalchemy_event.listen(connection, "before_cursor_execute", note)
    count_events(connection, account_id, wanted)
    sqlalchemy_event.remove(connection, "before_cursor_execute", note)
    return seen


@pytest.mark.parametrize("category", [None, "bug"])
@pytest.mark.parametrize(
    ("whose", "led_by"),
    [
        (Whose.MINE, "claim USING INDEX ix_claim_account_id_user_id_event_id"),
        (Whose.RESOLVED, "claim USING PRIMARY KEY (account_id=?"),
    ],
)
def test_claims_lead_for_they_are_few(connection, account, whose, led_by, category):
    wanted = EventFilter(whose=whose, user_id=ANN.user_id, category=category, before="evt_9")
    lines = plan(connection, account, wanted)
    assert led_by in lines[0]
    assert [line for line in lines if "SCAN" in line or "TEMP B-TREE" in line] == []


@pytest.mark.parametrize("category", [None, "bug"])
def test_what_nobody_is_on_is_found_from_the_newest_event_on(connection, account, category):
    wanted = EventFilter(whose=Whose.UNCLAIMED, category=category)
    lines = plan(connection, account, wanted)
    assert "SEARCH claim USING PRIMARY KEY (account_id=? AND event_id=?)" in lines
    assert [line for line in lines if "SCAN" in line or "TEMP B-TREE" in line] == []
