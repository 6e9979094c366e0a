"""Who has the feed open now. Known to this process alone, and forgotten with it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.domain.response import Responder

LINGER = 2.0  # seconds: who loads the page again has not been away


@dataclass
class _Watcher:
    name: str
    tabs: int = 0


class Presence:
    """The people who watch, by account; somebody with three tabs is one. One event loop."""

    def __init__(self, bus: Bus, linger: float = LINGER) -> None:
        self._bus = bus
        self._linger = linger
        self._watchers: dict[str, dict[str, _Watcher]] = {}

    def names(self, account_id: str, *, besides: str) -> list[str]:
        """Return who else watches an account's feed than the user `besides`, the first first."""
        here = self._watchers.get(account_id, {})
        return [one.name for user_id, one in here.items() if user_id != besides]

    @contextmanager
    def watching(self, account_id: str, who: Responder) -> Iterator[None]:
        """Let a member of the account be seen to watch as long as this is entered."""
        user_id = who.user_id or ""
        self._enter(account_id, user_id, who.name)
        try:
            yield
        finally:
            loop = asyncio.get_running_loop()
            loop.call_later(self._linger, self._leave, account_id, user_id)

    def _enter(self, account_id: str, user_id: str, name: str) -> None:
        here = self._watchers.setdefault(account_id, {})
        known = here.setdefault(user_id, _Watcher(""))
        changed, known.name, known.tabs = known.name != name, name, known.tabs + 1
        if changed:
            self._bus.publish(account_id)

    def _leave(self, account_id: str, user_id: str) -> None:
        here = self._watchers[account_id]
        here[user_id].tabs -= 1
        if here[user_id].tabs:
            return
        del here[user_id]
        if not here:
            del self._watchers[account_id]
        self._bus.publish(account_id)
