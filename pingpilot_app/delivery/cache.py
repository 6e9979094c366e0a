"""What the hot path reads: keys and configurations, kept until something writes to them.

A write of this process drops what it changed at once. A write of another process is noticed by
`Watch` (delivery/watch.py) within a second, which then drops everything.
"""

from datetime import datetime

from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage.api_keys import KeyEntry, find_key
from pingpilot_app.storage.configuration import Configuration, load_configuration
from pingpilot_app.storage.database import Database

_KEYS_MAX = 100_000


class Cache:
    """Keys by their hash and configurations by account. One event loop."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._keys: dict[bytes, KeyEntry] = {}
        self._configurations: dict[str, Configuration] = {}
        self._used: dict[tuple[str, str], int] = {}
        self._generation = 0
        self.last_uses: dict[str, datetime] = {}

    async def key(self, key_hash: bytes) -> KeyEntry | None:
        """Return the valid key with this hash."""
        entry = self._keys.get(key_hash)
        if entry is not None:
            return entry
        generation = self._generation
        entry = await self._database.read(find_key, key_hash)
        if entry is not None and generation == self._generation:
            if len(self._keys) >= _KEYS_MAX:
                self._keys.clear()
            self._keys[key_hash] = entry
        return entry

    async def configuration(self, account_id: str, now: datetime) -> Configuration:
        """Return the account's configuration with the count of the current month."""
        found = self._configurations.get(account_id)
        if found is not None and found.month == month_of(now):
            return found
        generation = self._generation
        found = await self._database.read(load_configuration, account_id, now)
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
        self._keys = {k: entry for k, entry in self._keys.items() if entry.account_id != account_id}

    def drop_all(self) -> None:
        """Forget everything."""
        self._generation += 1
        self._configurations.clear()
        self._keys.clear()
