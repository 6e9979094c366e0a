"""All events, live."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.storage.events import EventFilter, list_events
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui import onboarding
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.rows import EventRow, feed_row
from pingpilot_app.ui.session import to_sign_in

STATUSES = [status.value for status in EventStatus]


class FeedState(Live, rx.State):
    """The newest events. `category` and `status` empty: all."""

    rows: list[EventRow] = []
    waiting: int = 0  # new events that are held back while the pointer is on the list
    category: str = ""
    status: str = ""
    categories: list[str] = []
    blocked: str = ""  # why the next event would be refused
    command: str = ""

    _held: bool = False
    _asked: str = ""  # the category that the address named last

    def _begin(self) -> None:
        self._held = False
        asked = self.router.url.query_parameters.get("category", "")[:64].lower()
        if asked != self._asked:  # not again when a dropped connection comes back
            self._asked = self.category = asked

    async def _load(self, session: SessionView) -> None:
        account = await _account(session.account_id)
        self.categories = account.categories
        self.blocked, self.command = account.blocked, account.command
        found = await _rows(session.account_id, self.category, self.status)
        self._take(found)

    def _take(self, found: list[EventRow]) -> None:
        """Show what was found; what is new waits while the list is looked at."""
        known = [row for row in found if self.rows and row.id <= self.rows[0].id]
        if self._held and known:
            self.rows, self.waiting = known, len(found) - len(known)
        else:
            self.rows, self.waiting = found, 0

    @rx.event
    async def choose_category(self, name: str) -> Any:
        """Show one category, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(name, str) and (name == "" or name in self.categories):
            self.category, self._held = name, False
            await self._show()
        return None

    @rx.event
    async def choose_status(self, status: str) -> Any:
        """Show events of one status, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(status, str) and status in ("", *STATUSES):
            self.status, self._held = status, False
            await self._show()
        return None

    @rx.event
    async def show_all(self) -> Any:
        """Drop both filters."""
        if await self._session() is None:
            return to_sign_in()
        self.category = self.status = ""
        await self._show()
        return None

    @rx.event
    async def hold(self) -> Any:
        """Let nothing jump while the pointer is on the list."""
        if await self._session() is None:
            return to_sign_in()
        self._held = True
        return None

    @rx.event
    async def release(self) -> Any:
        """Let new events in again."""
        if await self._session() is None:
            return to_sign_in()
        self._held = False
        await self._show()
        return None


@dataclass(frozen=True)
class _Account:
    categories: list[str]
    blocked: str
    command: str


async def _account(account_id: str) -> _Account:
    async def load() -> _Account:
        found = await current().cache.configuration(account_id, now())
        names = sorted(found.categories)
        command = curl(category=names[0] if names else "bug")
        return _Account(names, onboarding.blocked(found), command)

    return await shared(account_id, "feed-account", load)


async def _rows(account_id: str, category: str, status: str) -> list[EventRow]:
    async def load() -> list[EventRow]:
        wanted = EventFilter(
            category=category or None, status=EventStatus(status) if status else None
        )
        page = await current().database.read(list_events, account_id, wanted)
        return [feed_row(event) for event in page.events]

    return await shared(account_id, ("feed", category, status), load)
