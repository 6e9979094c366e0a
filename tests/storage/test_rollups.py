"""The figures that are kept as events come equal a recount of the events."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, select, text, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.ids import id_at, new_id
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import migrations, rollups, statistics, tables
from pingpilot_app.storage.acceptance import AcceptEvent
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.attempts import RecordAttempt
from pingpilot_app.storage.categories import add_quick_start, delete_category, list_categories
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.destinations import list_destinations
from pingpilot_app.storage.replays import Failures, Replay, ReplayFailures

NOW = datetime(2026, 3, 6, 10, 37, tzinfo=UTC)
QUARTER = timedelta(minutes=15)
HOUR = timedelta(hours=1)


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


@pytest.fixture
def ada(connection):
    account_id = open_account(connection, "ada@example.org", None, Plan.UNLIMITED, NOW)
    add_quick_start(connection, account_id, NOW)
    destinations = tables.destinations
    connection.execute(update(destinations).values(address="1", verified_at=NOW))
    return account_id


def category_id(connection, account_id: str, name: str = "bug") -> str:
    return {one.name: one.id for one in list_categories(connection, account_id)}[name]


def accept(connection, account_id: str, at=NOW, category="bug", channels=1, **fields):
    """Accept an event and return its jobs."""
    event_id = id_at("evt", at)
    common = {
        "account_id": account_id,
        "event_id": event_id,
        "attempts": 0,
        "replays": 0,
        "lease_until": None,
        "category": category,
        "emoji": None,
        "color": 0,
        "description": "It happened",
        "fields": fields,
        "created_at": at,
    }
    usable = list_destinations(connection, account_id)[:channels]
    jobs = tuple(Job(delivery_id=new_id("dlv"), destination=one, **common) for one in usable)
    here = category_id(connection, account_id, category)
    op = AcceptEvent(event_id, account_id, here, "It happened", fields, at, jobs, None)
    AcceptEvent.apply(connection, [op])
    return jobs


def end(connection, job: Job, status: DeliveryStatus, ms: int = 120, replay: int = 0) -> None:
    """Record that the job's delivery ended so, `ms` after the event."""
    RecordAttempt.apply(connection, [recorded(job, status, ms, replay)])


def recorded(job: Job, status: DeliveryStatus, ms: int = 120, replay: int = 0) -> RecordAttempt:
    delivered = status is DeliveryStatus.DELIVERED
    return RecordAttempt(
        attempt_id=new_id("att"),
        account_id=job.account_id,
        event_id=job.event_id,
        delivery_id=job.delivery_id,
        destination_id=job.destination.id,
        channel=job.channel,
        address="1",
        created_at=job.created_at,
        attempts=1,
        replay=replay,
        at=job.created_at,
        ms=ms,
        outcome=Outcome.DELIVERED if delivered else Outcome.PERMANENT,
        status=status,
    )


def counts(connection, account_id: str, since=NOW - HOUR, until=NOW + HOUR):
    edges = [rollups.quarter_of(since), rollups.quarter_of(until)]
    (found,) = statistics.count_events(connection, account_id, edges)
    return found.pending, found.delivered, found.failed


def summaries(connection, account_id: str, category="bug"):
    here = category_id(connection, account_id, category)
    found = statistics.summarize_fields(connection, account_id, here, NOW - HOUR, NOW + HOUR)
    return {one.name: one for one in found}


def snapshot(connection) -> list[list[tuple]]:
    """Return all figures that are not zero."""
    queries = (
        "SELECT * FROM event_rollup WHERE pending <> 0 OR delivered <> 0 OR failed <> 0",
        "SELECT * FROM field_rollup",
        "SELECT * FROM delivery_rollup WHERE deliveries <> 0",
    )
    return [
        sorted(tuple(map(_rounded, row)) for row in connection.execute(text(query)))
        for query in queries
    ]


def _rounded(value: object) -> object:
    return round(value, 6) if isinstance(value, float) else value


def test_an_event_is_counted_as_it_moves_from_status_to_status(connection, ada):
    first, second = accept(connection, ada, channels=2)
    assert counts(connection, ada) == (1, 0, 0)
    end(connection, first, DeliveryStatus.DELIVERED)
    assert counts(connection, ada) == (1, 0, 0)
    end(connection, second, DeliveryStatus.FAILED)
    assert counts(connection, ada) == (0, 0, 1)
    Replay.apply(connection, [Replay(ada, first.event_id, None, NOW)])
    assert counts(connection, ada) == (1, 0, 0)
    end(connection, second, DeliveryStatus.DELIVERED, replay=1)
    assert counts(connection, ada) == (0, 1, 0)


def test_an_attempt_that_is_reported_twice_counts_once(connection, ada):
    (job,) = accept(connection, ada)
    both = (DeliveryStatus.DELIVERED, DeliveryStatus.FAILED)
    RecordAttempt.apply(connection, [recorded(job, status) for status in both])
    end(connection, job, DeliveryStatus.FAILED)
    assert counts(connection, ada) == (0, 1, 0)
    health = statistics.channel_health(connection, ada, NOW)[0]
    assert (health.delivered, health.failed) == (1, 0)


def test_a_replay_of_all_failures_takes_their_failing_back(connection, ada):
    jobs = [accept(connection, ada)[0] for _ in range(3)]
    for job in jobs:
        end(connection, job, DeliveryStatus.FAILED)
    failures = Failures(ada, NOW - HOUR, NOW + HOUR)
    assert ReplayFailures.apply(connection, [ReplayFailures(failures, NOW)]) == [3]
    assert counts(connection, ada) == (3, 0, 0)
    assert statistics.channel_health(connection, ada, NOW)[0].failed == 0


def test_numbers_are_summed_and_other_values_only_counted(connection, ada):
    accept(connection, ada, amount=10, name="Ada", first=True)
    accept(connection, ada, amount=-2.5, name="7", first=False)
    accept(connection, ada, amount="none")
    found = summaries(connection, ada)
    amount = found["amount"]
    assert (amount.events, amount.numbers) == (3, 2)
    assert (amount.total, amount.average) == (7.5, 3.75)
    assert (amount.least, amount.greatest) == (-2.5, 10)
    assert (found["first"].numbers, found["first"].total, found["first"].average) == (0, None, None)
    assert list(found) == ["amount", "first", "name"]


def test_huge_numbers_do_not_keep_an_event_out(connection, ada):
    for value in (1.7e308, 1.7e308, -1.7e308, 2**63 - 1):
        accept(connection, ada, amount=value)
    assert summaries(connection, ada)["amount"].numbers == 4


def test_periods_begin_and_end_at_quarters_of_an_hour(connection, ada):
    for minutes in (-8, -7, 0, 7, 8):  # 10:29, 10:30, 10:37, 10:44, 10:45
        accept(connection, ada, NOW + timedelta(minutes=minutes))
    half_past = NOW.replace(minute=30)
    edges = [half_past - QUARTER, half_past, half_past + QUARTER, half_past + 2 * QUARTER]
    found = statistics.count_events(connection, ada, edges)
    assert [one.total for one in found] == [1, 3, 1]


@pytest.mark.parametrize(
    ("took", "median"), [([7], 7), ([120, 128, 4_321], 120), ([99, 1_234], 99)]
)
def test_the_median_tells_the_time_in_two_digits(connection, ada, took, median):
    for ms in took:
        (job,) = accept(connection, ada)
        end(connection, job, DeliveryStatus.DELIVERED, ms)
    assert statistics.channel_health(connection, ada, NOW)[0].median_ms == median


def test_channels_without_deliveries_have_no_median(connection, ada):
    found = statistics.channel_health(connection, ada, NOW)
    assert [(one.channel, one.delivered, one.median_ms) for one in found] == [
        (channel, 0, None) for channel in Channel
    ]


def test_a_deleted_category_takes_its_figures_with_it(connection, ada):
    accept(connection, ada, amount=1)
    accept(connection, ada, category="sale", amount=1)
    delete_category(connection, ada, "bug")
    assert counts(connection, ada) == (1, 0, 0)
    assert list(summaries(connection, ada, "sale")) == ["amount"]


def test_figures_of_events_that_have_gone_are_forgotten(connection, ada):
    for days in range(30, -1, -1):
        accept(connection, ada, NOW - timedelta(days=days), amount=days)
    bound = NOW - timedelta(days=9.5)
    events = tables.events
    connection.execute(delete(events).where(events.c.created_at < bound))
    assert rollups.forget(connection, ada)
    while rollups.forget(connection, ada):
        pass
    assert counts(connection, ada, since=NOW - timedelta(days=60)) == (10, 0, 0)
    (bug,) = list_categories(connection, ada, "bug")
    assert bug.events_count == 10


def test_without_any_events_all_figures_are_forgotten(connection, ada):
    (job,) = accept(connection, ada, amount=1)
    end(connection, job, DeliveryStatus.DELIVERED)
    connection.execute(delete(tables.events))
    while rollups.forget(connection, ada):
        pass
    assert snapshot(connection)[:2] == [[], []]


def test_the_migration_counts_what_is_there_already(database):
    with database.transaction() as connection:
        ada = open_account(connection, "ada@example.org", None, Plan.UNLIMITED, NOW)
        add_quick_start(connection, ada, NOW)
        destinations = tables.destinations
        connection.execute(update(destinations).values(address="1", verified_at=NOW))
        for minutes, ms in enumerate((3, 45, 678, 9_876, 123_456, 99_999_999)):
            at = NOW + timedelta(minutes=11 * minutes)
            first, second = accept(
                connection, ada, at, channels=2, amount=ms / 7, count=-ms, name="x", on=True
            )
            end(connection, first, DeliveryStatus.DELIVERED, ms)
            if minutes % 2:
                end(connection, second, DeliveryStatus.FAILED)
        accept(connection, ada, category="sale")
        before = snapshot(connection)
    migrations.downgrade(database, "0002")
    migrations.upgrade(database)
    with database.transaction() as connection:
        assert snapshot(connection) == before
        queued = connection.execute(select(tables.search_queue)).all()
        assert len(queued) == 7
