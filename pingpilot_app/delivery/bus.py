"""Wakes who watches an account. A lost wake-up costs a moment, never a row: rows are in storage."""

import asyncio
from collections import defaultdict


class Bus:
    """A version for each account, and the watchers to wake when it grows. One event loop."""

    def __init__(self) -> None:
        self._versions: dict[str, int] = defaultdict(int)
        self._watchers: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._epoch = 0

    @property
    def epoch(self) -> int:
        """Return a value that differs after another process has written."""
        return self._epoch

    def version(self, account_id: str) -> tuple[int, int]:
        """Return a value that differs after every change to the account."""
        return self._epoch, self._versions[account_id]

    def publish(self, account_id: str) -> None:
        """Wake the account's watchers."""
        self._versions[account_id] += 1
        for wake in self._watchers.get(account_id, ()):
            wake.set()

    def publish_all(self) -> None:
        """Wake everybody: another process has written, and it is not known what."""
        self._epoch += 1
        for watchers in self._watchers.values():
            for wake in watchers:
                wake.set()

    def subscribe(self, account_id: str, wake: asyncio.Event | None = None) -> asyncio.Event:
        """Return an event, perhaps a given one, that is set at every change until `unsubscribe`."""
        wake = wake or asyncio.Event()
        self._watchers[account_id].add(wake)
        return wake

    def unsubscribe(self, account_id: str, wake: asyncio.Event) -> None:
        """Stop waking `wake`."""
        watchers = self._watchers.get(account_id)
        if watchers is None:
            return
        watchers.discard(wake)
        if not watchers:
            del self._watchers[account_id]
