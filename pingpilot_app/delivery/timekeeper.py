"""Does what is due because nothing happened: the next channel, the next person.

A message that its channel has not taken in time goes by the next one (storage/fallback.py), and an
event that nobody has claimed in time is told to the next one in line (storage/escalations.py).
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import suppress

from pingpilot_app.delivery.clock import Clock
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.escalations import escalate_due, next_due
from pingpilot_app.storage.fallback import hand_on_late, who_chose
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

INTERVAL = 10.0  # seconds between two looks: how exactly times are kept


class Timekeeper:
    """Looks now and then. `on_due` is called for each account of which something was due."""

    def __init__(
        self, writer: Writer, database: Database, clock: Clock, on_due: Callable[[str], None]
    ) -> None:
        self._writer = writer
        self._database = database
        self._clock = clock
        self._on_due = on_due
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at once."""
        self._wake.set()

    async def run(self, interval: float = INTERVAL) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self._look()
            except Unavailable as exc:
                logger.warning("what is due has to wait: %s", exc)
            except Exception:
                logger.exception("looking for what is due failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(interval):
                    await self._wake.wait()
            self._wake.clear()

    async def _look(self) -> None:
        now, read, run = self._clock(), self._database.read, self._writer.run
        if await read(who_chose):
            self._tell(await run(None, hand_on_late, now))
        due = await read(next_due)
        if due is not None and due <= now:
            self._tell(await run(None, escalate_due, now))

    def _tell(self, accounts: Iterable[str]) -> None:
        for account_id in accounts:
            self._on_due(account_id)
