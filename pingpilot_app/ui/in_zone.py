"""Pages whose figures are of a day, a week, a month: of the viewer's, whom only the browser knows.

Such a page asks the browser when it opens (assets/scripts/viewer.js) and shows nothing before the
answer, so that no figure of a wrong day is ever seen. What its viewer chose in the settings goes
before what the browser says.
"""

import time
from typing import Any

import reflex as rx

from pingpilot_app.domain.period import Viewer, viewer_of
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.browser_acts import ask_viewer
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in

PAUSE = 1.0  # seconds: figures that move more often cannot be read
_SHARE = 5  # a page that takes long to read is read for at most a sixth of the time


class InZone(Live, mixin=True):
    """A live state that knows where its viewer looks from before it shows anything."""

    _told: Viewer | None = None
    _took: float = 0.0  # seconds of the last reading

    def _viewer(self, session: SessionView) -> Viewer:
        """Return the zone and the first day of the week that figures are for."""
        told = self._told or Viewer()
        return told.preferring(session.time_zone, session.week_start)

    def _pause(self) -> float:
        return max(PAUSE, _SHARE * self._took)

    @rx.event
    async def ask_viewer(self) -> Any:
        """Ask the browser where it is."""
        if await self._session() is None:
            return to_sign_in()
        return ask_viewer(type(self).hear_viewer)

    @rx.event
    async def hear_viewer(self, told: list[Any]) -> Any:
        """Take the answer: zone and first day of the week."""
        if await self._session() is None:
            return to_sign_in()
        zone, first_day, *_ = [*told, None, None] if isinstance(told, list) else (None, None)
        viewer = viewer_of(zone, first_day)
        if viewer != self._told or not self.ready:
            self._told = viewer
            await self._show()
        return None

    async def _show(self) -> bool:
        if self._told is None:
            return await self._session() is not None
        began = time.monotonic()
        known = await super()._show()
        self._took = time.monotonic() - began
        return known
