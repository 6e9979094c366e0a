"""The writer: groups, refusals, faults, a bounded queue."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pytest
from sqlalchemy import Connection, text

from pingpilot_app.domain.errors import Conflict, Unavailable
from pingpilot_app.storage.writer import Op, Writer


@dataclass(frozen=True)
class Put(Op[int]):
    """Stores a number; refuses 13, and raises at 666."""

    number: int
    batches: list[int]

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> list:
        ops[0].batches.append(len(ops))
        answers = []
        for op in ops:
            connection.execute(text("INSERT INTO put VALUES (:n)"), {"n": op.number})
            if op.number == 666:
                raise RuntimeError("a fault")
            answers.append(Conflict("unlucky") if op.number == 13 else op.number)
        return answers


@pytest.fixture
async def writer(database):
    with database.transaction() as connection:
        connection.execute(text("CREATE TABLE put (n INTEGER)"))
    writer = Writer(database)
    writer.start()
    yield writer
    await writer.stop()


def stored(database) -> list[int]:
    with database.read_engine.connect() as connection:
        return [row.n for row in connection.execute(text("SELECT n FROM put ORDER BY n"))]


async def test_answers_after_the_commit(writer, database):
    assert await writer.submit(Put(1, [])) == 1
    assert stored(database) == [1]


async def test_what_waits_is_committed_together(writer):
    batches: list[int] = []
    await asyncio.gather(*(writer.submit(Put(n, batches)) for n in range(100, 200)))
    assert sum(batches) == 100
    assert len(batches) < 20


async def test_a_refusal_leaves_the_others_alone(writer, database):
    answers = await asyncio.gather(
        *(writer.submit(Put(n, [])) for n in (1, 13, 2)), return_exceptions=True
    )
    assert isinstance(answers[1], Conflict)
    assert (answers[0], answers[2]) == (1, 2)


async def test_an_op_that_raises_does_not_poison_its_neighbours(writer, database):
    answers = await asyncio.gather(
        *(writer.submit(Put(n, [])) for n in (1, 666, 2)), return_exceptions=True
    )
    assert isinstance(answers[1], RuntimeError)
    assert stored(database) == [1, 2]


async def test_a_call_that_is_refused_leaves_nothing_behind(writer, database):
    def put_and_refuse(connection: Connection) -> None:
        connection.execute(text("INSERT INTO put VALUES (7)"))
        raise Conflict("no")

    with pytest.raises(Conflict):
        await writer.run(None, put_and_refuse)
    assert stored(database) == []


async def test_a_full_queue_refuses_at_once(database):
    writer = Writer(database, queue_max=0)
    writer.start()
    with pytest.raises(Unavailable):
        await writer.run(None, lambda connection: None)
    await writer.stop()


async def test_stopping_writes_what_is_waiting(writer, database):
    waiting = [asyncio.ensure_future(writer.submit(Put(n, []))) for n in range(100, 150)]
    await asyncio.sleep(0)
    await writer.stop()
    assert await asyncio.gather(*waiting) == list(range(100, 150))
    assert len(stored(database)) == 50


async def test_a_stopped_writer_refuses(writer):
    await writer.stop()
    with pytest.raises(Unavailable):
        await writer.submit(Put(1, []))


async def test_a_cancelled_caller_does_not_undo_the_write(writer, database):
    heard = asyncio.Event()
    writer.listen(lambda op, answer: heard.set())
    task = asyncio.ensure_future(writer.submit(Put(1, [])))
    await asyncio.sleep(0)
    task.cancel()
    await heard.wait()
    assert stored(database) == [1]


async def test_a_listener_that_fails_does_not_hurt_the_caller(writer):
    writer.listen(lambda op, answer: 1 / 0)
    assert await writer.submit(Put(1, [])) == 1
