"""Lets callers through in groups, so that what they write shares a commit."""

import asyncio


class Gate:
    """Opens at most once an `interval` (seconds); the first caller after a pause passes at once.

    Accepting never waits for company, but a recorded attempt may: nobody is held up by it.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0
        self._opening: asyncio.Future[None] | None = None

    async def wait(self) -> None:
        """Return when the gate opens; all who wait pass together."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        if self._opening is None:
            if now >= self._next:
                self._next = now + self._interval
                return
            self._opening = loop.create_future()
            loop.call_at(self._next, self._open)
        await asyncio.shield(self._opening)

    def _open(self) -> None:
        opening, self._opening = self._opening, None
        self._next = asyncio.get_running_loop().time() + self._interval
        if opening is not None:
            opening.set_result(None)
