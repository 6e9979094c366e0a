"""A list of events that changes by itself, and holds still while it is looked at."""

from typing import Any

import reflex as rx

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.feed import reading
from pingpilot_app.ui.pages.feed.blocks import ROWS_MAX, Blocks, arranged, name_of, rows_in
from pingpilot_app.ui.pages.feed.filters import Filters
from pingpilot_app.ui.rows import EventRow
from pingpilot_app.ui.session import to_sign_in


class EventList(Live, mixin=True):
    """The newest events that match; `order` and the vars of the blocks are its rows.

    Whatever happens, the list has no gap: it is the newest `_limit` events, or, while it holds
    still, those that were the newest when that began and what was loaded below them.
    """

    order: list[int] = []  # which blocks make up the list: see blocks.py
    waiting: int = 0  # new events that are held back; `COUNTED` where there are that many
    more: bool = False  # there are older ones
    full: bool = False  # and no more of them can be shown
    paused: bool = False

    _held: bool = False  # the pointer is on the list, or the list is scrolled
    _anew: bool = False  # another list is asked for, so that nothing is to be kept of this one
    _limit: int = reading.PAGE
    _blocks: Blocks = {}

    def _filters(self) -> Filters:
        """Return what the list is of."""
        raise NotImplementedError

    def _restart(self) -> None:
        """Show another list from the next look on, from its top."""
        self._anew, self._limit = True, reading.PAGE

    async def _look(self, session: SessionView) -> None:
        """Show what there is; what is new waits while the list holds still."""
        shown = self._rows()
        if shown and not self._anew and (self._held or self.paused):
            await self._look_again(session, shown)
        else:
            await self._look_anew(session)

    async def _look_again(self, session: SessionView, shown: list[EventRow]) -> None:
        filters = self._filters()
        found = await reading.newest(session, filters)
        count = await reading.count_waiting(session, filters, shown, found)
        self._place(await reading.refreshed(session, shown, found))
        self._put(waiting=count)

    async def _look_anew(self, session: SessionView) -> None:
        found = await reading.newest(session, self._filters(), self._limit)
        self._anew = False
        self._place(found.rows)
        self._put(waiting=0, more=found.more, full=found.more and self._limit >= ROWS_MAX)

    async def _extend(self, session: SessionView) -> None:
        """Show a page more below."""
        shown = self._rows()
        found = await reading.older(session, self._filters(), shown[-1].id)
        rows = [*shown, *found.rows][:ROWS_MAX]
        self._limit = -(-len(rows) // reading.PAGE) * reading.PAGE
        self._place(rows)
        self._put(more=found.more, full=found.more and len(rows) >= ROWS_MAX)

    def _come(self) -> None:
        """Note that somebody comes to the page, or is there still."""

    def _mark_line(self) -> None:
        """Tell what of the list is new, wherever its rows have changed."""

    def _rows(self) -> list[EventRow]:
        return rows_in(self.get_value("_blocks"))

    def _place(self, rows: list[EventRow]) -> None:
        """Put rows into their blocks: those blocks that differ travel to the browser."""
        before: Blocks = self.get_value("_blocks")
        blocks = arranged(rows, before)
        for slot in before.keys() | blocks.keys():
            if before.get(slot, []) != blocks.get(slot, []):
                setattr(self, name_of(slot), blocks.get(slot, []))
        self._put(order=list(blocks))
        self._blocks = blocks

    @rx.event
    async def enter(self) -> Any:
        """Begin at the top, and live: the page was opened, which a lost connection does not do."""
        if await self._session() is None:
            return to_sign_in()
        self._put(paused=False)
        self._come()
        self._restart()
        await self._show()
        return None

    @rx.event
    async def hold(self) -> Any:
        """Let nothing jump while the pointer is on the list, or the list is scrolled."""
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

    @rx.event
    async def pause(self) -> Any:
        """Let no event in until this is called again."""
        if await self._session() is None:
            return to_sign_in()
        self.paused = not self.paused
        await self._show()
        return None

    @rx.event
    async def catch_up(self) -> Any:
        """Show what waits; if the list held still, it goes on doing so from there."""
        if await self._session() is None:
            return to_sign_in()
        self._anew = True
        await self._show()
        return None

    @rx.event
    async def load_older(self) -> Any:
        """Show a page more below."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if await self._show() and self.more and not self.full:
            await self._extend(session)
            self._mark_line()
        return None
