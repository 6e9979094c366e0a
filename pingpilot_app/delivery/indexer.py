"""Indexes the words of new events, a moment after they were stored."""

import asyncio
import logging

from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.search import BATCH, IndexWords
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

REST = 1.0  # seconds after new events, so that a burst is indexed in few transactions
PAUSE = 0.02  # seconds between two batches, in which events are accepted
AGAIN = 30.0  # seconds after which it looks by itself: another process may store events too


class Indexer:
    """Keeps the index up with the events that the writer stores."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Say that there are new events."""
        self._wake.set()

    async def run(self) -> None:
        """Index until cancelled; what fails is left for the next time."""
        while True:
            self._wake.clear()
            try:
                await self.catch_up()
            except Unavailable as exc:
                logger.warning("cannot index words now: %s", exc)
            except Exception:
                logger.exception("indexing words failed")
            await self._rest()

    async def catch_up(self) -> None:
        """Index all that is queued. Raises Unavailable."""
        indexed = BATCH
        while indexed == BATCH:
            indexed = await self._writer.submit(IndexWords())
            await asyncio.sleep(PAUSE)

    async def _rest(self) -> None:
        try:
            await asyncio.wait_for(self._wake.wait(), AGAIN)
        except TimeoutError:
            return
        await asyncio.sleep(REST)
