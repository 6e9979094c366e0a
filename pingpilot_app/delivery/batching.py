"""Lets callers through in batches, so that what they write shares a commit."""

import asyncio


class Batching:
    """A batch passes at most once an `interval` (seconds); after a pause the first caller at once.

    Accepting never waits for company, but a recorded attempt may: nobody is held up by it.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0
        self._batch: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Return when the next batch passes; all who wait are in it."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._batch is None:
            if now >= self._next:
                self._next = now + self._interval
                return
            self._batch = loop.create_future()
            loop.call_at(self._next, self._let_pass)
        await asyncio.shield(self._batch)

    def _let_pass(self) -> None:
        batch, self._batch = self._batch, None
        self._next = asyncio.get_running_loop().time() + self._interval
        if batch is not None:
            batch.set_result(None)
