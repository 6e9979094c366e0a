"""What the hot path reads: keys and configurations, kept until something writes to them.

A write of this process drops what it changed at once. A write of another process is noticed by
`Watch` (delivery/watch.py) within a second, which then drops everything.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage.api_keys import KeyEntry, find_key, list_hashes
from pingpilot_app.storage.configuration import Configuration, load_configuration
from pingpilot_app.storage.database import Database

P = ParamSpec("P")
R = TypeVar("R")

_KEYS_MAX = 100_000
_HASHES_FOR = 0.5  # seconds that the hashes of all keys are believed

logger = logging.getLogger(__name__)


class Cache:
    """Keys by their hash and configurations by account. One event loop."""

    def __init__(self, database: Database, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self._monotonic = monotonic
        self._keys: dict[bytes, KeyEntry] = {}
        self._hashes_of: dict[str, list[bytes]] = {}  # by account
        self._configurations: dict[str, Configuration] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._generation = 0
        self._hashes: frozenset[bytes] = frozenset()
        self._hashes_until = 0.0
        self._listing = asyncio.Lock()
        self.last_uses: dict[str, datetime] = {}

    def known_key(self, key_hash: bytes) -> KeyEntry | None:
        """Return the valid key with this hash where it is kept."""
        return self._keys.get(key_hash)

    def known_configuration(self, account_id: str) -> Configuration | None:
        """Return the account's configuration where it is kept."""
        return self._configurations.get(account_id)

    async def key(self, key_hash: bytes) -> KeyEntry | None:
        """Return the valid key with this hash. Raises Unavailable."""
        entry = self._keys.get(key_hash)
        if entry is not None:
            return entry
        generation = self._generation
        entry = await self._read(find_key, key_hash)
        if entry is not None and generation == self._generation:
            if len(self._keys) >= _KEYS_MAX:
                self._drop_keys()
            self._keys[key_hash] = entry
            self._hashes_of.setdefault(entry.account_id, []).append(key_hash)
        return entry

    async def exists(self, key_hash: bytes) -> bool:
        """Tell whether there is a key with this hash, at most half a second late.

        However many ask, the database is asked twice a second. Raises Unavailable.
        """
        async with self._listing:
            if self._monotonic() >= self._hashes_until:
                self._hashes = await self._read(list_hashes)
                self._hashes_until = self._monotonic() + _HASHES_FOR
        return key_hash in self._hashes

    async def configuration(self, account_id: str, now: datetime) -> Configuration:
        """Return the account's configuration with the count of the current month.

        Raises Unavailable.
        """
        found = self._configurations.get(account_id)
        if found is not None and found.month == month_of(now):
            return found
        generation = self._generation
        found = await self._read(load_configuration, account_id, now)
        # What was read may be older than a commit that was counted meanwhile.
        found.used = max(found.used, self._used.get((account_id, found.month), 0))
        # What was dropped while we read may be older than the write that dropped it.
        if generation == self._generation:
            self._configurations[account_id] = found
        return found

    def count(self, account_id: str, month: str, used: int) -> None:
        """Note what the account has used, as the last commit said."""
        counter = (account_id, month)
        self._used[counter] = used = max(used, self._used.get(counter, 0))
        found = self._configurations.get(account_id)
        if found is not None and found.month == month:
            found.used = used

    def drop(self, account_id: str) -> None:
        """Forget what is known of one account."""
        self._generation += 1
        self._configurations.pop(account_id, None)
        for key_hash in self._hashes_of.pop(account_id, ()):
            self._keys.pop(key_hash, None)

    def drop_all(self) -> None:
        """Forget everything."""
        self._generation += 1
        self._configurations.clear()
        self._drop_keys()

    def _drop_keys(self) -> None:
        self._keys.clear()
        self._hashes_of.clear()

    async def _read(
        self, query: Callable[Concatenate[Connection, P], R], *args: P.args, **kwargs: P.kwargs
    ) -> R:
        try:
            return await self._database.read(query, *args, **kwargs)
        except DBAPIError as exc:
            logger.error("the database cannot be read: %s", exc.orig)  # noqa: TRY400  # no bug
            raise Unavailable("The database cannot be read now. Try again.", 5) from exc
