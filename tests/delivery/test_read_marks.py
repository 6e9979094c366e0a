"""How far members have read: kept for all their devices, and never backwards."""

import pytest

from pingpilot_app.delivery.read_marks import ReadMarks
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.read_marks import get_read_mark
from pingpilot_app.storage.tables import memberships

OLD, NEW = f"evt_{'0' * 25}1", f"evt_{'0' * 25}2"


@pytest.fixture
async def member(instance, tenant):
    """The account, and the user who owns it."""
    query = memberships.select().where(memberships.c.account_id == tenant.account_id)
    row = await instance.database.read(lambda connection: connection.execute(query).one())
    return row.account_id, row.user_id


async def stored(instance, member):
    return await instance.database.read(get_read_mark, *member)


async def test_who_never_looked_has_no_mark(instance, member):
    assert await instance.read_marks.get(*member) is None


async def test_a_mark_holds_before_and_after_it_is_written(instance, member):
    instance.read_marks.note(*member, OLD)
    assert (await instance.read_marks.get(*member), await stored(instance, member)) == (OLD, None)
    await instance.read_marks.flush()
    assert (await instance.read_marks.get(*member), await stored(instance, member)) == (OLD, OLD)


async def test_a_mark_never_goes_back(instance, member):
    for event_id in (NEW, OLD):
        instance.read_marks.note(*member, event_id)
    await instance.read_marks.flush()
    instance.read_marks.note(*member, OLD)  # as another device does, or another process
    await instance.read_marks.flush()
    assert await instance.read_marks.get(*member) == NEW
    assert await stored(instance, member) == NEW


async def test_marks_of_many_are_one_write(instance, member):
    class Counting:
        runs = 0

        async def run(self, *args):
            self.runs += 1
            return await instance.writer.run(*args)

    writer = Counting()
    marks = ReadMarks(writer, instance.database)
    for event_id in (OLD, NEW):
        marks.note(*member, event_id)
        marks.note("acc_other", "usr_other", event_id)
    await marks.flush()
    await marks.flush()
    assert (writer.runs, await stored(instance, member)) == (1, NEW)


async def test_a_mark_outlives_a_database_in_trouble(instance, member):
    class Broken:
        async def run(self, *_):
            raise Unavailable("The database cannot be written now.")

    marks = ReadMarks(Broken(), instance.database)
    marks.note(*member, NEW)
    await marks.flush()
    assert await marks.get(*member) == NEW


async def test_a_mark_that_was_noted_is_written_at_the_stop(instance, member):
    instance.read_marks.note(*member, NEW)
    database = instance.settings.database
    await instance.stop()
    with Database(database).transaction() as connection:
        assert get_read_mark(connection, *member) == NEW
    await instance.start()
