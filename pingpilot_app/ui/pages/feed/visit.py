"""What of the feed is new to who looks at it, on whatever device they looked last."""

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.pages.feed import reading
from pingpilot_app.ui.pages.feed.blocks import ROWS_MAX
from pingpilot_app.ui.pages.feed.filters import Filters
from pingpilot_app.ui.pages.feed.live_list import EventList
from pingpilot_app.ui.rows import EventRow, initial_of
from pingpilot_app.ui.session import to_sign_in

AWAY = 120.0  # seconds that nobody sees the page, after which who comes back begins a new visit
FACES = 3  # people who are shown by a letter; the others are counted


@dataclass(frozen=True)
class Face:
    """Somebody who watches as well."""

    name: str
    initial: str


class Visit(EventList, mixin=True):
    """A list of events in which somebody has read up to a mark, and reads on while they see it.

    A visit begins where a person comes to the page or back to it. The line is drawn where they had
    read then, and stays for the visit; the mark goes on with what is shown to them.
    """

    line: str = ""  # the event above which the line is drawn, empty where nothing is new
    away: int = 0  # events that came while they were away; `COUNTED` where there are that many
    faces: list[Face] = []
    company: str = ""  # "Ann and 2 more are watching"; empty where nobody else is
    everybody: str = ""  # all their names

    _begun: bool = False
    _mark: str = ""  # how far they had read when the visit began
    _read: str = ""  # and how far they have now
    _seen: bool = False  # the page is in sight: a tab in the background is not
    _there: float = 0.0  # when it was last, on the clock that only goes forward

    def _while_open(self, session: SessionView) -> AbstractContextManager[None]:
        return current().presence.watching(session.account_id, session.responder)

    def _come(self) -> None:
        """Begin a visit, unless this one goes on."""
        if time.monotonic() - self._there > AWAY:
            self._begun = False

    async def _visit(self, session: SessionView) -> None:
        """Look up where they had read and what has come since, once for each visit."""
        names = current().presence.names(session.account_id, besides=session.user_id)
        faces = [Face(name, initial_of(name)) for name in names[:FACES]]
        self._put(faces=faces, company=watching(names), everybody=", ".join(names))
        if self._begun:
            return
        mark = await current().read_marks.get(session.account_id, session.user_id)
        self._begun, self._mark, self._there = True, mark or "", time.monotonic()
        count = await reading.count_after(session, Filters(), mark) if mark else 0
        self._put(away=count)

    def _read_on(self, session: SessionView) -> None:
        """Take what is shown for read, where somebody sees it and nothing is left out of it."""
        self._mark_line()
        rows = self._rows()
        if not self._seen:
            return
        self._there = time.monotonic()
        if rows and rows[0].id > self._read and not self.paused and self._filters() == Filters():
            self._read = rows[0].id
            current().read_marks.note(session.account_id, session.user_id, self._read)

    def _mark_line(self) -> None:
        self._put(line=first_read(self._rows(), self._mark))

    @rx.event
    async def see(self) -> Any:
        """Take what is shown for read from now on: the page came in sight."""
        if await self._session() is None:
            return to_sign_in()
        self._come()
        self._seen = True
        await self._show()
        return None

    @rx.event
    async def look_away(self) -> Any:
        """Take nothing for read: another tab is before this one."""
        if await self._session() is None:
            return to_sign_in()
        self._seen, self._there = False, time.monotonic()
        return None

    @rx.event
    async def jump(self) -> Any:
        """Show all that is new, as far as the list goes; the browser then goes to the line."""
        if await self._session() is None:
            return to_sign_in()
        pages = -(-(self.away + 1) // reading.PAGE)
        self._limit = min(ROWS_MAX, max(self._limit, pages * reading.PAGE))
        self.away, self._anew = 0, True
        await self._show()
        return None

    @rx.event
    async def dismiss(self) -> Any:
        """Say no more how many came; the line stays."""
        if await self._session() is None:
            return to_sign_in()
        self._put(away=0)
        return None


def first_read(rows: Sequence[EventRow], mark: str) -> str:
    """Return the newest row that is no newer than the mark, empty where none above it is."""
    if not rows or rows[0].id <= mark:
        return ""
    return next((row.id for row in rows if row.id <= mark), "")


def watching(names: Sequence[str]) -> str:
    """Return who else watches, as a sentence."""
    if len(names) < 2:
        return f"{names[0]} is watching" if names else ""
    others = names[1] if len(names) == 2 else f"{len(names) - 1} more"
    return f"{names[0]} and {others} are watching"
