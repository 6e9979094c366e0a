"""Stores what came of attempts, and what is put back, in batches beside the sending."""

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import IntegrityError

from pingpilot_app.delivery.batching import Batching
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.writer import Op, Writer

INTERVAL = 0.05  # seconds between two batches
WAITING_MAX = 500  # attempts that wait to be stored before sending waits for them
PAUSE = 1.0  # seconds before a database that refused is asked again


class Recorder:
    """Keeps at it, however long the database takes: what is not stored would be sent again."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._batching = Batching(INTERVAL)
        self._waiting: set[asyncio.Task[None]] = set()
        self._closing = False

    def put(self, op: Op[Any], dropped: Callable[[], None]) -> None:
        """Store `op` soon; `dropped` is called where it never will be."""
        task = asyncio.create_task(self._store(op, dropped))
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def room(self) -> None:
        """Return when there is room: a slow database lets us send no more than it notes down."""
        while len(self._waiting) > WAITING_MAX:
            await asyncio.wait(self._waiting, return_when=asyncio.FIRST_COMPLETED)

    async def close(self) -> None:
        """Store what waits; what the database refuses now, the next start sends again."""
        self._closing = True
        await asyncio.gather(*self._waiting, return_exceptions=True)

    async def _store(self, op: Op[Any], dropped: Callable[[], None]) -> None:
        await self._batching.wait()
        while True:
            try:
                await self._writer.submit(op)
            except IntegrityError:  # the event was deleted meanwhile
                return dropped()
            except Unavailable:
                if self._closing:
                    return dropped()
                await asyncio.sleep(PAUSE)
            else:
                return None
