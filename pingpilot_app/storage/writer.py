"""The only place of a server process that writes: one thread that commits in groups.

A commit costs an fsync, whatever it holds. So the writer takes what is waiting (it never waits
for more), runs it in one transaction, and tells every caller after the commit.
docs/benchmarks.md has the figures.
"""

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, Generic, ParamSpec, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from pingpilot_app.domain.audit import Entry
from pingpilot_app.domain.errors import PingPilotError, Unavailable
from pingpilot_app.storage.audit import Look, add_entry, noted
from pingpilot_app.storage.database import Database

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

BATCH_MAX = 200  # operations in one transaction
QUEUE_MAX = 10_000  # operations that may wait; about a second of work


class Op(ABC, Generic[R]):
    """A small value that says what to write."""

    @classmethod
    @abstractmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[R | PingPilotError]:
        """Write all `ops` and return an answer for each; a refusal is an error in its place.

        May be called twice for the same ops: once together, and again alone after a rollback.
        """


@dataclass(frozen=True, slots=True)
class Call(Op[R]):
    """A plain query function to run. `account_id` names whose configuration it changes."""

    run: Callable[[Connection], R]
    account_id: str | None

    @classmethod
    def apply(cls, connection: Connection, ops: Sequence[Self]) -> Sequence[R | PingPilotError]:
        """Run each in a savepoint, so that a refused one leaves nothing behind."""
        return [op._answer(connection) for op in ops]

    def _answer(self, connection: Connection) -> R | PingPilotError:
        try:
            with connection.begin_nested():
                return self.run(connection)
        except PingPilotError as refusal:
            return refusal


@dataclass(frozen=True, slots=True)
class _Waiting:
    op: Op[Any]
    future: asyncio.Future[Any]


_Answers = list[tuple[_Waiting, Any]]
Listener = Callable[[Op[Any], Any], None]


class Writer:
    """Owns the write connection. Created and used on one event loop."""

    def __init__(self, database: Database, queue_max: int = QUEUE_MAX) -> None:
        self._database = database
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._queue_max = queue_max
        self._listeners: list[Listener] = []
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def alive(self) -> bool:
        """Tell whether the thread runs."""
        return self._thread is not None and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Return about how many operations wait to be written."""
        return self._queue.qsize()

    def listen(self, listener: Listener) -> None:
        """Have `listener(op, answer)` called on the loop after every commit, before the caller."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Start the thread. Call on the event loop."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)
        self._thread.start()

    async def stop(self) -> None:
        """Write what is waiting and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    async def submit(self, op: Op[R]) -> R:
        """Return the answer to `op` after its commit.

        Raises Unavailable where the queue is full or the database cannot be written to, and
        what the operation was refused with.
        """
        if self._thread is None or self._loop is None:
            raise Unavailable("PingPilot is stopping. Send the request again in a moment.", 5)
        if self._queue.qsize() >= self._queue_max:
            raise Unavailable("Too many events are waiting to be stored. Send it again shortly.")
        future: asyncio.Future[R] = self._loop.create_future()
        self._queue.put(_Waiting(op, future))
        return await future

    async def run(
        self,
        account_id: str | None,
        query: Callable[Concatenate[Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Run `query(connection, …)` in the writer and return what it returns.

        `account_id` is the account whose configuration changes, None where none does.
        """
        return await self.submit(Call(lambda c: query(c, *args, **kwargs), account_id))

    async def act(
        self,
        entry: Entry,
        query: Callable[Concatenate[Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Do as `run` does for the entry's account, and write the act down where it is done."""

        def done(connection: Connection) -> R:
            answer = query(connection, *args, **kwargs)
            add_entry(connection, entry, datetime.now(UTC))
            return answer

        return await self.submit(Call(done, entry.account_id))

    async def change(
        self,
        entry: Entry,
        look: Look,
        query: Callable[Concatenate[Connection, P], R],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> R:
        """Do as `act` does, and write down what `look` sees differ; nothing where nothing does."""

        def done(connection: Connection) -> R:
            return noted(connection, entry, look, query, *args, **kwargs)

        return await self.submit(Call(done, entry.account_id))

    def _run(self) -> None:
        open_ = True
        while open_:
            batch, open_ = self._take()
            if batch:
                self._tell(self._write(batch))

    def _take(self) -> tuple[list[_Waiting], bool]:
        """Return what is waiting, at most BATCH_MAX, and whether more may come."""
        batch: list[_Waiting] = []
        waiting = self._queue.get()
        while waiting is not None:
            batch.append(waiting)
            if len(batch) == BATCH_MAX:
                return batch, True
            try:
                waiting = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _write(self, batch: list[_Waiting]) -> _Answers:
        try:
            return self._commit(batch)
        except OperationalError as exc:  # the database has trouble: it is no single one's fault
            logger.error("the database refused to write: %s", exc.orig)  # noqa: TRY400  # no bug
            return [(waiting, _unavailable()) for waiting in batch]
        except Exception as exc:  # whatever it is, a caller has to be told
            if len(batch) > 1:
                return [answer for one in batch for answer in self._write([one])]
            return [(batch[0], _told(exc))]

    def _commit(self, batch: list[_Waiting]) -> _Answers:
        kinds: dict[type[Op[Any]], list[_Waiting]] = {}
        for waiting in batch:
            kinds.setdefault(type(waiting.op), []).append(waiting)
        answers: _Answers = []
        with self._database.write_engine.begin() as connection:
            for kind, group in kinds.items():
                found = kind.apply(connection, [waiting.op for waiting in group])
                answers += zip(group, found, strict=True)
        return answers

    def _tell(self, answers: _Answers) -> None:
        if self._loop is None or self._loop.is_closed():
            return
        self._loop.call_soon_threadsafe(self._resolve, answers)

    def _resolve(self, answers: _Answers) -> None:
        for waiting, answer in answers:
            failed = isinstance(answer, Exception)
            if not failed:
                self._announce(waiting.op, answer)
            if waiting.future.done():  # the caller was cancelled; the write stands
                continue
            if failed:
                waiting.future.set_exception(answer)
            else:
                waiting.future.set_result(answer)

    def _announce(self, op: Op[Any], answer: object) -> None:
        for listener in self._listeners:
            try:
                listener(op, answer)
            except Exception:
                logger.exception("a listener failed after a commit")


def _unavailable() -> Unavailable:
    return Unavailable("The database cannot be written to now. Nothing was stored; try again.", 5)


def _told(exc: Exception) -> Exception:
    if isinstance(exc, IntegrityError | PingPilotError):
        return exc
    if isinstance(exc, DBAPIError):
        logger.error("the database refused a write: %s", exc.orig)
        return _unavailable()
    logger.error("a write failed", exc_info=exc)
    return exc
