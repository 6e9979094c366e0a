"""What is old goes, in small batches found by an index; what is needed stays."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, insert, select, update

from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage import quota, retention, seed, tables
from pingpilot_app.storage.accounts import open_account

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
COUNT = 90  # events, one for each day


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def ada(connection):
    """An account with an event of every day of the last ninety."""
    account_id = open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    seed.seed_events(connection, COUNT, NOW + DAY / 2)  # so that no age is a whole number of days
    return account_id


def count(connection, table, *where) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def overdue(connection, days: int | None = None) -> list[str]:
    return [one.account_id for one in retention.overdue_accounts(connection, days, NOW)]


def delete_all_events(connection, default_days: int) -> int:
    gone, after = 0, ""
    (found,) = retention.overdue_accounts(connection, default_days, NOW)
    while after is not None:
        batch = retention.delete_events(connection, found, after)
        gone, after = gone + batch.gone, batch.last
    return gone


def test_events_older_than_the_retention_go(connection, ada):
    assert delete_all_events(connection, 30) == 60
    oldest = connection.execute(select(func.min(tables.events.c.created_at))).scalar_one()
    assert oldest > NOW - 30 * DAY


def test_deliveries_go_with_their_event(connection, ada):
    before = count(connection, tables.deliveries)
    delete_all_events(connection, 30)
    assert count(connection, tables.deliveries) == before // 3


def test_an_event_that_is_on_its_way_stays_however_old(connection, ada):
    oldest = select(func.min(tables.events.c.id)).scalar_subquery()
    here = tables.events.c.id == oldest
    connection.execute(update(tables.events).where(here).values(status=EventStatus.PENDING))
    assert delete_all_events(connection, 30) == 59
    assert count(connection, tables.events, here) == 1


def test_events_on_their_way_do_not_hide_the_old_ones_behind_them(connection, ada):
    middle = id_at("evt", NOW - 35 * DAY)
    first = tables.events.c.id < middle
    connection.execute(update(tables.events).where(first).values(status=EventStatus.PENDING))
    assert count(connection, tables.events, first) > retention.EVENTS_BATCH
    assert delete_all_events(connection, 30) == 5


def test_one_batch_is_small(connection, ada):
    (found,) = retention.overdue_accounts(connection, 1, NOW)
    assert retention.delete_events(connection, found).gone == retention.EVENTS_BATCH < COUNT


def test_the_quota_counts_what_was_accepted(connection, ada):
    month = month_of(NOW)
    quota.lock_counters(connection, [(ada, month)])
    quota.store_counters(connection, {(ada, month): COUNT})
    delete_all_events(connection, 1)
    assert quota.used(connection, ada, month) == COUNT


def test_without_a_retention_events_are_kept(connection, ada):
    assert overdue(connection, None) == []


def test_an_accounts_own_retention_wins(connection, ada):
    retention.set_retention(connection, ada, 120)
    assert overdue(connection, 30) == []
    retention.set_retention(connection, ada, 10)
    assert overdue(connection, None) == [ada]


@pytest.mark.parametrize("days", [retention.FOREVER, 25_000])
def test_a_retention_that_began_before_1970_deletes_nothing(connection, ada, days):
    retention.set_retention(connection, ada, days)
    assert overdue(connection, 30) == []


def test_another_accounts_events_stay(connection, ada):
    bob = open_account(connection, "bob@example.org", None, Plan.FREE, NOW)
    retention.set_retention(connection, bob, 1)
    retention.set_retention(connection, ada, retention.FOREVER)
    assert overdue(connection, 1) == []


def test_sessions_go_when_they_expire(connection, ada):
    user_id = connection.execute(select(tables.users.c.id)).scalar_one()
    for number, expires_at in enumerate([NOW - DAY, NOW, NOW + DAY]):
        row = {"token_hash": bytes([number]), "user_id": user_id, "account_id": ada}
        times = {"created_at": NOW - 30 * DAY, "expires_at": expires_at}
        connection.execute(insert(tables.sessions), row | times)
    assert retention.delete_sessions(connection, NOW) == 2
    assert count(connection, tables.sessions) == 1


@pytest.mark.parametrize(
    ("expired_for", "used", "gone"),
    [
        (2 * DAY, False, 1),
        (DAY / 2, False, 0),
        (DAY / 2, True, 1),
        (-DAY, False, 0),
        (-DAY, True, 0),
    ],
)
def test_tokens_go_when_used_and_expired_or_a_day_later(connection, ada, expired_for, used, gone):
    row = {"hash": b"x", "kind": "invite", "account_id": ada, "subject": "x"}
    times = {
        "created_at": NOW - 3 * DAY,
        "expires_at": NOW - expired_for,
        "used_at": NOW if used else None,
    }
    connection.execute(insert(tables.tokens), row | times)
    assert retention.delete_tokens(connection, NOW) == gone


def test_idempotency_keys_go_after_their_week(connection, ada):
    event_id = connection.execute(select(func.max(tables.events.c.id))).scalar_one()
    for key, age in {"old": 8 * DAY, "young": 6 * DAY}.items():
        row = {"account_id": ada, "key": key, "body_hash": b"", "event_id": event_id}
        connection.execute(insert(tables.idempotency), row | {"created_at": NOW - age})
    assert retention.delete_idempotency_keys(connection, NOW) == 1
    assert connection.execute(select(tables.idempotency.c.key)).scalars().all() == ["young"]


@pytest.mark.parametrize(
    ("made", "told", "gone"), [(100, 99, 1), (100, None, 0), (100, 10, 0), (10, 9, 0)]
)
def test_notices_go_ninety_days_after_they_were_told(connection, ada, made, told, gone):
    at = NOW - made * DAY
    row = {"id": id_at(retention.NOTICE_PREFIX, at), "account_id": ada, "kind": "x"}
    rest = {"subject": "x", "text": "x", "created_at": at, "attempts": 1, "next_attempt_at": at}
    told_at = {"told_at": None if told is None else NOW - told * DAY}
    connection.execute(insert(tables.notices), row | rest | told_at)
    assert retention.delete_notices(connection, NOW) == gone


def plans(connection, run) -> list[str]:
    """Return how SQLite looks rows up in all that `run` executes."""
    seen = []
    engine = connection.engine

    def remember(_connection, _cursor, statement, parameters, *_):
        seen.append((statement, parameters))

    sqlalchemy_event.listen(engine, "before_cursor_execute", remember)
    run()
    sqlalchemy_event.remove(engine, "before_cursor_execute", remember)
    return [
        row.detail
        for statement, parameters in seen
        for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    ]


@pytest.mark.parametrize("delete", retention.KINDS.values(), ids=retention.KINDS)
def test_old_rows_are_found_by_an_index(connection, ada, delete):
    found = plans(connection, lambda: delete(connection, NOW))
    assert [line for line in found if line.startswith("SCAN")] == []
    assert [line for line in found if "<?" in line]


def test_old_events_are_found_by_an_index(connection, ada):
    found = plans(connection, lambda: delete_all_events(connection, 30))
    scans = [line for line in found if line.startswith("SCAN") and line != "SCAN account"]
    assert scans == []
    assert any("id>? AND id<?" in line for line in found)
