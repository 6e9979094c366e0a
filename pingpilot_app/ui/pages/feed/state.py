"""All events, live."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.accept import usable_destinations
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import NotConfigured
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.storage.api_keys import list_api_keys
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.events import EventFilter, list_events
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.rows import EventRow, feed_row
from pingpilot_app.ui.session import to_sign_in

STATUSES = [status.value for status in EventStatus]


@dataclass(frozen=True)
class Step:
    """One thing to do before the first event arrives."""

    title: str
    text: str
    path: str
    done: bool


class FeedState(Live, rx.State):
    """The newest events. `category` and `status` empty: all."""

    rows: list[EventRow] = []
    waiting: int = 0  # new events that are held back while the pointer is on the list
    category: str = ""
    status: str = ""
    categories: list[str] = []
    steps: list[Step] = []
    started: bool = False  # whether there ever was an event this month
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
        self.categories, self.steps = account.categories, account.steps
        self.blocked, self.command = account.blocked, account.command
        found = await _rows(session.account_id, self.category, self.status)
        self.started = self.started or bool(found) or account.used > 0
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
    steps: list[Step]
    blocked: str
    command: str
    used: int


async def _account(account_id: str) -> _Account:
    async def load() -> _Account:
        instance = current()
        found = await instance.cache.configuration(account_id, now())
        keys = await instance.database.read(list_api_keys, account_id)
        names = sorted(found.categories)
        command = curl(category=names[0] if names else "bug")
        steps = _steps(found, any(key.revoked_at is None for key in keys))
        return _Account(names, steps, _blocked(found), command, found.used)

    return await shared(account_id, "feed-account", load)


async def _rows(account_id: str, category: str, status: str) -> list[EventRow]:
    async def load() -> list[EventRow]:
        wanted = EventFilter(
            category=category or None, status=EventStatus(status) if status else None
        )
        page = await current().database.read(list_events, account_id, wanted)
        return [feed_row(event) for event in page.events]

    return await shared(account_id, ("feed", category, status), load)


def _blocked(account: Configuration) -> str:
    try:
        usable_destinations(account)
    except NotConfigured as refusal:
        return refusal.message
    return ""


def _steps(account: Configuration, has_key: bool) -> list[Step]:
    return [
        Step(
            "Name what happens",
            "A category gives events their colour and emoji: bug, sale, signup.",
            "/categories",
            bool(account.categories),
        ),
        Step("Make a key", "Your integration shows it with every event.", "/keys", has_key),
        Step(
            "Say where events go",
            "Set up Discord, Telegram and email, or switch off what you do not need.",
            "/channels",
            not _blocked(account),
        ),
        Step(
            "Send the first event",
            "Paste the command below into a terminal. The event appears here by itself.",
            "",
            account.used > 0,
        ),
    ]
