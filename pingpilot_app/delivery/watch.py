"""Notices what other processes, such as the command line, write to the same SQLite file."""

import asyncio
import logging

from sqlalchemy import Connection

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.api_keys import store_last_use
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

INTERVAL = 0.4  # seconds
LATE = 0.4  # seconds for a look; with the interval, what is revoked elsewhere ends within a second
FLUSH_EVERY = 25  # intervals between writing down when keys were last used


class Watch:
    """Drops the cache and wakes the watchers when somebody else wrote.

    A look that fails or is late, behind a long queue or another process's lock, drops the cache
    as well: a key that was revoked meanwhile must not go on working from memory.
    """

    def __init__(self, writer: Writer, cache: Cache, bus: Bus) -> None:
        self._writer = writer
        self._cache = cache
        self._bus = bus
        self._seen: object = None

    async def run(self) -> None:
        """Look until cancelled."""
        turn = 0
        while True:
            await self.look_in_time()
            turn += 1
            if turn % FLUSH_EVERY == 0:
                await self.flush()
            await asyncio.sleep(INTERVAL)

    async def look_in_time(self) -> None:
        """Look once, and take no answer for a change."""
        try:
            async with asyncio.timeout(LATE):
                await self.look()
        except TimeoutError:
            self._cache.drop_all()
        except Exception as exc:  # whatever it is, the next look must come
            self._cache.drop_all()
            logger.warning("cannot look for changes: %s", exc)

    async def look(self) -> None:
        """Look once."""
        version = await self._writer.run(None, _data_version)
        if version != self._seen:
            self._cache.drop_all()
            if self._seen is not None:
                self._bus.publish_all()
        self._seen = version

    async def flush(self) -> None:
        """Write down when keys were last used; a database in trouble has better things to do."""
        uses, self._cache.last_uses = self._cache.last_uses, {}
        if not uses:
            return
        try:
            await self._writer.run(None, store_last_use, uses)
        except Unavailable:
            self._cache.last_uses = uses | self._cache.last_uses


def _data_version(connection: Connection) -> tuple[int, int]:
    """Return what changes when another connection than the writer's has written.

    The number alone means nothing once the writer had to open another connection.
    https://www.sqlite.org/pragma.html#pragma_data_version
    """
    version = connection.exec_driver_sql("PRAGMA data_version").scalar_one()
    return id(connection.connection.dbapi_connection), int(version)
