"""What happens to an account's events: read once, sent to all who watch, with nothing left out.

A hub reads the log on, renders each change once, and hands the bytes to its streams. Each stream
has a place in the log and a short queue. One whose client is too slow, or that begins in the past,
loses its queue and reads the log itself, page by page, until it has come up to the hub: what waits
for a client is bounded, and what it gets has no gap.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from sqlalchemy.exc import DBAPIError

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.stream_page import Page, Render, read_page
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import PingPilotError, Unavailable
from pingpilot_app.storage.changes import ends_of

logger = logging.getLogger(__name__)

HEARTBEAT = 15.0  # seconds of silence after which a stream says that it lives
QUEUE = 8  # pages that may wait for a client

_REST = 0.05  # seconds between two looks at the log: what happens meanwhile goes together
_SLICE, _PAUSE = 10, 0.003  # so many streams are woken at once, or what is accepted would wait
_LOOK = 1.0  # seconds after which the keys are looked at though nothing happened
_ENDING = 1.0  # seconds that a client has to take the last of an ended stream
_READERS = 2  # streams that come up read at once; others need the database, too


class Pass(NamedTuple):
    """What a stream was opened with: it ends as soon as that would not open it any more."""

    key_hash: bytes
    address: str


class Source:
    """What the hubs of one process read."""

    def __init__(self, instance: Instance, render: Render) -> None:
        self._instance = instance
        self._render = render
        self._turn = asyncio.Semaphore(_READERS)

    async def last(self, account_id: str) -> int:
        """Return the number of the account's last change. Raises DBAPIError."""
        return (await self._instance.database.read(ends_of, account_id)).last

    async def read(self, account_id: str, after: int, upto: int | None = None) -> Page:
        """Read a page of the log. Raises DBAPIError."""
        read, render = self._instance.database.read, self._render
        return await read(read_page, account_id, render, after, upto)

    async def read_in_turn(self, account_id: str, after: int, upto: int) -> Page:
        """Read a page after others who wait for theirs. Raises DBAPIError."""
        async with self._turn:
            return await self.read(account_id, after, upto)

    async def seconds_left(self, shown: Pass) -> float:
        """Return for how long a key opens streams, at most until it is looked at again.

        0 where it does not any more. Raises Unavailable.
        """
        entry = await self._instance.authorizer.look_again(*shown, Scope.EVENTS_READ)
        if entry is None or entry.expires_at is None:
            return 0.0 if entry is None else _LOOK
        return min(_LOOK, (entry.expires_at - self._instance.clock()).total_seconds())

    def watch(self, account_id: str) -> asyncio.Event:
        """Return what is set when something happens in the account, until `unwatch`."""
        return self._instance.bus.subscribe(account_id)

    def unwatch(self, account_id: str, wake: asyncio.Event) -> None:
        """Stop setting it."""
        self._instance.bus.unsubscribe(account_id, wake)


class Hub:
    """Reads an account's log on for its streams, until the last has left.

    `position` is the number it has come to; `on_end` is called once there is nothing to keep.
    """

    def __init__(self, source: Source, account_id: str, on_end: Callable[["Hub"], None]) -> None:
        self.account_id = account_id
        self.position = 0
        self.ended = False
        self.streams: dict[Stream, None] = {}  # in the order they came
        self._source = source
        self._on_end = on_end
        self._attached: dict[Stream, None] = {}
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._run())

    def add(self, shown: Pass, position: int) -> "Stream":
        """Open a stream that has come to a number."""
        stream = Stream(self, shown, position)
        self.streams[stream] = None
        return stream

    async def begun(self) -> None:
        """Return once the hub reads. Raises Unavailable."""
        await asyncio.shield(self._begun)

    def attach(self, stream: "Stream") -> int:
        """Hand all that comes after the returned number to the stream."""
        self._attached[stream] = None
        return self.position

    def detach(self, stream: "Stream") -> None:
        """Hand it nothing more."""
        self._attached.pop(stream, None)

    def leave(self, stream: "Stream") -> None:
        """Forget a stream; the last one ends the hub."""
        self.detach(stream)
        self.streams.pop(stream, None)
        if not self.streams and not self.ended:
            self._end()
            self._task.cancel()

    def end(self) -> None:
        """End all streams."""
        for stream in list(self.streams):
            stream.end()

    async def read(self, after: int, upto: int) -> Page:
        """Read a page for a stream that comes up. Raises DBAPIError."""
        return await self._source.read_in_turn(self.account_id, after, upto)

    async def _run(self) -> None:
        wake = self._source.watch(self.account_id)
        try:
            self.position = await self._source.last(self.account_id)
            self._begun.set_result(None)
            left = _LOOK
            while True:
                left = await self._go_on(wake, left)
        except Exception as exc:
            logger.exception("cannot stream")
            self._refuse(exc)
        finally:
            self._source.unwatch(self.account_id, wake)
            self._end()

    def _refuse(self, exc: Exception) -> None:
        if not self._begun.done():
            refusal = Unavailable("The database cannot be read now. Try again.", 5)
            refusal.__cause__ = exc
            self._begun.set_exception(refusal)
            self._begun.exception()  # whoever waited may have left

    def _end(self) -> None:
        self.ended = True
        self._on_end(self)
        self.end()

    async def _go_on(self, wake: asyncio.Event, seconds: float) -> float:
        """Wait at most so long for something to happen, and tell it to all who may still know.

        Returns how long to wait next.
        """
        woken = await _is_set(wake, seconds)
        wake.clear()
        try:
            left = await self._end_refused()
            if woken:
                await self._read_on()
                await asyncio.sleep(_REST)
        except (DBAPIError, PingPilotError) as exc:
            logger.warning("cannot read what to stream: %s", exc)
            await asyncio.sleep(_LOOK)
            wake.set()
            return _LOOK
        return left

    async def _end_refused(self) -> float:
        """End the streams whose key opens none any more; return how long the others' last."""
        left = _LOOK
        for shown in {stream.shown for stream in self.streams}:
            seconds = await self._source.seconds_left(shown)
            if seconds > 0:
                left = min(left, seconds)
                continue
            for stream in [one for one in self.streams if one.shown == shown]:
                stream.end()
        return left

    async def _read_on(self) -> None:
        more = True
        while more:
            page = await self._source.read(self.account_id, self.position)
            more, self.position = page.more, page.last
            if page.whole:
                await self._hand_out(page)

    async def _hand_out(self, page: Page) -> None:
        # Who attaches from now on reads this page itself.
        waiting = iter(list(self._attached))
        while some := list(islice(waiting, _SLICE)):
            for stream in some:
                stream.offer(page)
            await asyncio.sleep(_PAUSE)


class Stream:
    """One client's place in the log. `sending` is set while it is being sent something."""

    def __init__(self, hub: Hub, shown: Pass, position: int) -> None:
        self.shown = shown
        self.position = position
        self.over = False
        self.sending: asyncio.Timeout | None = None
        self._hub = hub
        self._attached = False
        self._goal = 0  # where the queue begins
        self._queue: deque[Page] = deque()
        self._wake = asyncio.Event()

    async def next(self, silence: float = HEARTBEAT) -> bytes | None:
        """Return what to send next, b"" after `silence` (seconds), None when it is over.

        Raises DBAPIError: the client may come again and reads on where it was.
        """
        while not self.over:
            if not self._attached:
                self._attached, self._goal = True, self._hub.attach(self)
            if self.position < self._goal:
                page = await self._hub.read(self.position, self._goal)
            elif self._queue:
                page = self._queue.popleft()
            elif await _is_set(self._wake, silence):
                self._wake.clear()
                continue
            else:
                return b""
            part, self.position = page.after(self.position), max(self.position, page.last)
            if part:
                return part
        return None

    def offer(self, page: Page) -> None:
        """Queue a page; where too many wait already, the client reads the log itself."""
        if not self._attached or self.over:
            return
        if len(self._queue) < QUEUE:
            self._queue.append(page)
        else:
            self._queue.clear()
            self._attached = False
            self._hub.detach(self)
        self._wake.set()

    def end(self) -> None:
        """Have it end soon, whatever its client does."""
        self.over = True
        self._wake.set()
        if self.sending is not None:
            self.sending.reschedule(asyncio.get_running_loop().time() + _ENDING)

    def close(self) -> None:
        """Leave the hub."""
        self.over = True
        self._queue.clear()
        self._hub.leave(self)


async def _is_set(wake: asyncio.Event, seconds: float) -> bool:
    """Wait at most so long; tell whether it was set."""
    if wake.is_set():
        return True
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            return await wake.wait()
    return False
