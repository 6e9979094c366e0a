"""Notices what other processes, such as the command line, write to the same SQLite file."""

import asyncio
import logging
from contextlib import suppress

from sqlalchemy import Connection

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.api_keys import store_last_use
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

INTERVAL = 0.5  # seconds
FLUSH_EVERY = 20  # intervals between writing down when keys were last used


class Watch:
    """Looks twice a second; drops the cache and wakes the watchers when somebody else wrote."""

    def __init__(self, writer: Writer, cache: Cache, bus: Bus) -> None:
        self._writer = writer
        self._cache = cache
        self._bus = bus
        self._seen: int | None = None

    async def run(self) -> None:
        """Look until cancelled."""
        turn = 0
        while True:
            try:
                await self.look()
                turn += 1
                if turn % FLUSH_EVERY == 0:
                    await self.flush()
            except Unavailable as exc:
                logger.warning("cannot look for changes: %s", exc)
            await asyncio.sleep(INTERVAL)

    async def look(self) -> None:
        """Look once."""
        version = await self._writer.run(None, _data_version)
        if self._seen is not None and version != self._seen:
            self._cache.drop_all()
            self._bus.publish_all()
        self._seen = version

    async def flush(self) -> None:
        """Write down when keys were last used; a database in trouble has better things to do."""
        uses, self._cache.last_uses = self._cache.last_uses, {}
        if uses:
            with suppress(Unavailable):
                await self._writer.run(None, store_last_use, uses)


def _data_version(connection: Connection) -> int:
    """Return a number that changes when another connection than this one has written.

    https://www.sqlite.org/pragma.html#pragma_data_version
    """
    return int(connection.exec_driver_sql("PRAGMA data_version").scalar_one())
