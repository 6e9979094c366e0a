"""The account's audit log, a page at a time."""

from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.activity import PAGES_MAX, ActRow, page_of_acts
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in


class ActivityState(Live, rx.State):
    """Who did what in the viewer's account."""

    access: ClassVar[Needed] = Right.ACTIVITY
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    rows: list[ActRow] = []
    has_older: bool = False
    has_newer: bool = False

    _starts: list[str] = []  # the ids that the pages before this one, and this one, begin after

    def _begin(self) -> None:
        self._starts = []

    async def _load(self, session: SessionView) -> None:
        if not session.may(Right.ACTIVITY):
            self._put(rows=[], has_older=False, has_newer=False)
            return
        before = self._starts[-1] if self._starts else ""
        self.rows, self.has_older = await page_of_acts(session.account_id, before)
        self.has_newer = bool(self._starts)

    @rx.event
    async def older(self) -> Any:
        """Turn to the next page."""
        if await self._session() is None:
            return to_sign_in()
        if self.has_older and self.rows and len(self._starts) < PAGES_MAX:
            self._starts = [*self._starts, self.rows[-1].id]
            await self._show()
        return None

    @rx.event
    async def newer(self) -> Any:
        """Turn back."""
        if await self._session() is None:
            return to_sign_in()
        self._starts = self._starts[:-1]
        await self._show()
        return None
