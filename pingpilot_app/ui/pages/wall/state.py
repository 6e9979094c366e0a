"""What a screen on a wall knows. Nobody is signed in: the address alone says what it may show."""

import asyncio
import logging
from collections import Counter
from contextlib import closing, suppress
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.walls import WallView
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.wall.reading import (
    WallRow,
    find,
    note_shown,
    pause_before,
    rows_of,
    token_in,
)

BEAT = 15.0  # seconds after which a screen is told that all is well though nothing changed
PAUSE = 0.5  # seconds between two pushes: nobody reads a wall faster
RETRY = 2.0  # seconds after which it is looked again where a look failed
SCREENS_MAX = 50  # of one account: who has a link can open no more of them, however public it is

logger = logging.getLogger(__name__)

_screens: Counter[str] = Counter()


class WallState(rx.State):
    """The wall whose secret stands in the address.

    The secret is looked up at every change: revoked, it blanks the screen at once.
    """

    access: ClassVar[Needed] = Access.ANYBODY

    ready: bool = False
    gone: bool = False  # the link does not work, for whatever reason
    full: bool = False  # too many screens show walls of this account
    stale: bool = False  # the last look failed: what is shown may be old
    name: str = ""
    rows: list[WallRow] = []
    beat: str = ""  # when the server last said something (assets/scripts/wall.js watches it)

    @rx.event(background=True)
    async def show_wall(self) -> None:
        """Show it now and after every change, until the page is left or the link is revoked."""
        token, client = token_in(self.router.url.path), self.router.session.client_ip
        await asyncio.sleep(pause_before(token, client))
        with closing(Screen()) as screen:
            while await self._looked(screen, token, client):
                await asyncio.sleep(PAUSE)
                await screen.changed(RETRY if self.stale else BEAT)

    async def _looked(self, screen: "Screen", token: str, client: str) -> bool:
        """Look once; False where the link does not work."""
        try:
            wall = await find(token, client)
            rows = await rows_of(wall) if wall and screen.has_room(wall) else []
        except Exception:  # a screen that is on for weeks outlives a database that is not there
            logger.exception("a wall could not be loaded")
            async with self:
                self._put(stale=True)
            return True
        async with self:
            self._hang(wall, rows, full=not screen.account_id)
        if wall is not None:
            await note_shown(wall, now())
        return wall is not None

    def _hang(self, wall: WallView | None, rows: list[WallRow], *, full: bool) -> None:
        if wall is None:
            self.reset()  # type: ignore[no-untyped-call]  # Reflex's, without annotations
            self.gone = True
            return
        self._put(ready=True, full=full, stale=False, name=wall.name, rows=rows)
        self.beat = iso_milliseconds(now())

    def _put(self, **values: Any) -> None:
        """Set those vars that differ: each one that is set travels to the browser."""
        for name, value in values.items():
            if self.get_value(name) != value:
                setattr(self, name, value)


class Screen:
    """One open page: woken by its wall's account, once that is known, and counted for it."""

    def __init__(self) -> None:
        self.account_id = ""  # empty while there is no room
        self._wake = asyncio.Event()

    def close(self) -> None:
        """Be woken and counted no more."""
        account_id, self.account_id = self.account_id, ""
        if account_id:
            current().bus.unsubscribe(account_id, self._wake)
            _screens[account_id] -= 1
            if not _screens[account_id]:
                del _screens[account_id]

    def has_room(self, wall: WallView) -> bool:
        """Count the screen for the wall's account; False: that has enough."""
        if not self.account_id and _screens[wall.account_id] < SCREENS_MAX:
            self.account_id = wall.account_id
            _screens[wall.account_id] += 1
            current().bus.subscribe(wall.account_id, self._wake)
        return bool(self.account_id)

    async def changed(self, seconds: float) -> None:
        """Wait for a change, no longer than this."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
        self._wake.clear()
