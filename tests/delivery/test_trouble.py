"""A full disk, a locked database, a clock that is set back, a month that ends: nothing is lost."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.storage.tables import events, quota_usage

BODY = {"category": "bug"}


@pytest.fixture
def post(client, tenant):
    """Posts an event."""
    return lambda: client.post("/api/v1/event", json=BODY, headers=tenant.headers)


@pytest.fixture
def stored(instance):
    """Reads the ids of all stored events."""
    query = select(events.c.id)
    return lambda: instance.database.read(lambda c: set(c.execute(query).scalars()))


async def pragma(instance, name: str, value: int | None = None) -> int:
    """Read or set a limit of the connection that writes."""
    asked = f"PRAGMA {name}" + (f"={value}" if value is not None else "")
    return await instance.writer.run(None, lambda c: c.exec_driver_sql(asked).scalar_one())


class TestAFullDisk:
    """SQLite's own error for it, produced by a limit on the file's pages."""

    async def test_events_are_refused_with_a_503_and_accepted_when_there_is_room(
        self, instance, post, stored, settled
    ):
        before = (await post()).json()["eventId"]
        await settled(before)
        room = await pragma(instance, "max_page_count")
        await pragma(instance, "max_page_count", await pragma(instance, "page_count"))
        answers = [await post() for _ in range(80)]  # until the last page is full
        refused, accepted = answers[-1], [one for one in answers if one.status_code == 200]
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "5")
        assert "Nothing was stored" in refused.json()["message"]
        await pragma(instance, "max_page_count", room)
        after = await post()
        assert after.status_code == 200
        told = {before, *(one.json()["eventId"] for one in (*accepted, after))}
        assert await stored() == told
        for event_id in told:
            assert (await settled(event_id))["status"] == "DELIVERED"

    async def test_an_attempt_that_could_not_be_noted_is_noted_later_and_not_sent_twice(
        self, instance, post, settled
    ):
        instance.sandbox.fail(Channel.TELEGRAM, "slow", 1, seconds=0.3)
        answers = [await post()]
        room = await pragma(instance, "max_page_count")
        await pragma(instance, "max_page_count", await pragma(instance, "page_count"))
        answers += [await post() for _ in range(80)]
        await pragma(instance, "max_page_count", room)
        accepted = [one.json()["eventId"] for one in answers if one.status_code == 200]
        for event_id in accepted:
            assert (await settled(event_id))["status"] == "DELIVERED"
        assert instance.sandbox.inbox.counts()["telegram"] == len(accepted) < len(answers)


async def test_while_another_process_locks_the_database_events_wait_or_get_a_503(
    instance, post, stored, data_dir
):
    with closing(sqlite3.connect(data_dir / "pingpilot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        posted = [asyncio.create_task(post()) for _ in range(10)]
        refused = await asyncio.gather(*posted)  # each after the five seconds that a write waits
        late = [asyncio.create_task(post()) for _ in range(10)]
        done, _ = await asyncio.wait(late, timeout=1)
        assert not done  # delayed
        other.execute("ROLLBACK")
    delayed = await asyncio.gather(*late)
    assert {one.status_code for one in refused} == {503}
    assert {one.status_code for one in delayed} == {200}
    assert await stored() == {one.json()["eventId"] for one in delayed}


class TestAClockThatIsSetBack:
    """By an hour, while a retry waits and events go on coming."""

    @pytest.fixture
    def policy(self):
        return {"schedule": RetrySchedule((1.0, 1.0, 1.0))}

    @pytest.fixture
    def offset(self):
        return [timedelta(0)]

    @pytest.fixture
    def clock(self, offset):
        return lambda: datetime.now(UTC) + offset[0]

    async def test_nothing_waits_an_hour_and_nothing_is_lost(
        self, instance, post, settled, delivery, offset
    ):
        instance.sandbox.fail(Channel.EMAIL, "server_error", 1)
        waiting = (await post()).json()["eventId"]
        await delivery(waiting, Channel.EMAIL, lambda one: one["attempts"] == 1)
        offset[0] = timedelta(hours=-1)
        after = (await post()).json()["eventId"]
        assert (await settled(after))["status"] == "DELIVERED"
        assert (await settled(waiting))["status"] == "DELIVERED"
        assert after > waiting  # ids go on ascending


class TestAMonthThatEnds:
    """In the middle of a burst."""

    @pytest.fixture
    def now(self):
        return [datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)]

    @pytest.fixture
    def clock(self, now):
        def tick() -> datetime:
            now[0] += timedelta(microseconds=20)
            return now[0]

        return tick

    async def test_every_event_counts_in_the_month_it_was_accepted_in(self, instance, post, now):
        now[0] = now[0].replace(microsecond=997_000)
        answers = await asyncio.gather(*(post() for _ in range(100)))
        assert {one.status_code for one in answers} == {200}
        month = select(events.c.created_at)
        moments = await instance.database.read(lambda c: c.execute(month).scalars().all())
        used = select(quota_usage.c.month, quota_usage.c.used)
        counted = dict(await instance.database.read(lambda c: c.execute(used).all()))
        assert sum(counted.values()) == 100
        assert counted == {
            "2026-01": sum(moment.month == 1 for moment in moments),
            "2026-02": sum(moment.month == 2 for moment in moments),
        }
        assert min(counted.values()) > 0
