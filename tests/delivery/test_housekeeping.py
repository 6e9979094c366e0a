"""Cleaning up: all that is old goes, nobody waits for it, and no trouble ends it."""

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, insert, select

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.housekeeping import Housekeeping
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import retention, seed, tables
from pingpilot_app.storage.acceptance import Accepted, AcceptEvent
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.changes import Ends, ends_of, number_at
from pingpilot_app.storage.retention import EventsBatch
from pingpilot_app.storage.writer import Writer

NOW = datetime.now(UTC)
COUNT = 540  # events in ninety days: 360 of them are older than thirty, in eight batches


class Failing(Writer):
    """A writer whose operation number `fails_at` is answered by `failure`."""

    def __init__(self, database, failure: Exception, fails_at: int) -> None:
        super().__init__(database)
        self._failure = failure
        self._left = fails_at

    async def submit(self, op):
        self._left -= 1
        if self._left == 0:
            raise self._failure
        return await super().submit(op)


@pytest.fixture
def ada(database):
    """An account with six events of each of the last ninety days."""
    with database.transaction() as connection:
        account_id = open_account(connection, "ada@example.org", None, Plan.UNLIMITED, NOW)
        seed.seed_events(connection, COUNT, NOW + timedelta(hours=2))
    return account_id


@pytest.fixture
def bus():
    return Bus()


@pytest.fixture
async def writer(database):
    writer = Writer(database)
    writer.start()
    yield writer
    await writer.stop()


@pytest.fixture
def housekeeping(database, writer, bus):
    """Keeps events for thirty days."""
    return Housekeeping(database, writer, bus, 30)


def count(database) -> int:
    with database.read_engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(tables.events)).scalar_one()


def new_event(connection, account_id: str) -> AcceptEvent:
    here = tables.categories.c.account_id == account_id
    category_id = connection.execute(select(tables.categories.c.id).where(here)).scalars().first()
    return AcceptEvent(new_id("evt"), account_id, category_id, "x", {}, NOW, (), None)


@asynccontextmanager
async def running(coroutine):
    task = asyncio.create_task(coroutine)
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_all_old_events_go(database, ada, housekeeping):
    await housekeeping.clean_up()
    assert count(database) == COUNT // 3


async def test_expired_sessions_go_too(database, ada, housekeeping):
    with database.transaction() as connection:
        user_id = connection.execute(select(tables.users.c.id)).scalar_one()
        times = {"created_at": NOW, "expires_at": NOW}
        row = {"token_hash": b"x", "user_id": user_id, "account_id": ada} | times
        connection.execute(insert(tables.sessions), row)
    await housekeeping.clean_up()
    with database.read_engine.connect() as connection:
        assert connection.execute(select(tables.sessions)).all() == []


async def test_old_changes_of_events_go_too(database, ada, housekeeping):
    row = {"account_id": ada, "event_id": "evt_x", "created": True}
    old = [number_at(NOW - timedelta(days=days)) for days in (10, 9, 8, 1)]
    with database.transaction() as connection:
        connection.execute(insert(tables.changes), [row | {"number": one} for one in old])
    await housekeeping.clean_up()
    with database.read_engine.connect() as connection:
        assert ends_of(connection, ada) == Ends(old[2], old[3])


async def test_what_is_accepted_meanwhile_does_not_wait_for_the_end(
    database, ada, writer, housekeeping
):
    answers: list[object] = []
    begun = asyncio.Event()
    writer.listen(lambda _, answer: answers.append(answer))
    writer.listen(lambda _, answer: begun.set() if isinstance(answer, EventsBatch) else None)
    event = await database.read(new_event, ada)

    async with running(housekeeping.clean_up()) as cleaning:
        await begun.wait()
        accepted = await writer.submit(event)
        await cleaning

    batches = [isinstance(answer, EventsBatch) for answer in answers]
    assert sum(batches) == 8
    assert isinstance(accepted, Accepted)
    assert sum(batches[: answers.index(accepted)]) < 8


async def test_pages_of_the_account_are_read_again_once(database, ada, bus, housekeeping):
    epoch, version = bus.version(ada)
    await housekeeping.clean_up()
    assert bus.version(ada) == (epoch, version + 1)


async def test_who_lost_nothing_is_not_woken(database, ada, writer, bus, housekeeping):
    await writer.run(None, retention.set_retention, ada, retention.FOREVER)
    before = bus.version(ada)
    await housekeeping.clean_up()
    assert bus.version(ada) == before


async def test_one_line_tells_what_went(ada, housekeeping, caplog):
    caplog.set_level(logging.INFO, "pingpilot_app.delivery.housekeeping")
    await housekeeping.clean_up()
    await housekeeping.clean_up()
    assert caplog.messages == ["removed what was old: 360 events"]


@pytest.mark.parametrize("failure", [Unavailable("The disk is full."), RuntimeError("a fault")])
async def test_no_trouble_ends_it(database, ada, bus, failure):
    writer = Failing(database, failure, 1)
    writer.start()
    housekeeping = Housekeeping(database, writer, bus, 30, first=0, interval=0)
    wake = bus.subscribe(ada)
    async with running(housekeeping.run()), asyncio.timeout(10):
        await wake.wait()
    await writer.stop()
    assert count(database) == COUNT // 3


async def test_what_went_before_the_trouble_is_shown(database, ada, bus):
    second_batch = len(retention.KINDS) + 2
    writer = Failing(database, Unavailable("The disk is full."), second_batch)
    writer.start()
    before = bus.version(ada)
    with pytest.raises(Unavailable):
        await Housekeeping(database, writer, bus, 30).clean_up()
    await writer.stop()
    assert bus.version(ada) != before


async def test_an_instance_cleans_up_by_itself(database, ada, make_settings, free_ports):
    port = free_ports()
    instance = Instance(
        make_settings(pingpilot_role="all", sandbox="on", sandbox_port=port, retention_days=30)
    )
    await instance.start()
    wake = instance.bus.subscribe(ada)
    async with asyncio.timeout(10):
        while count(database) > COUNT // 3:
            await wake.wait()
            wake.clear()
    await instance.stop()
