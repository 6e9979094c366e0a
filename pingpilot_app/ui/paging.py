"""Lists that are shown a page at a time, and the buttons that turn it."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar

import reflex as rx

from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.guard import refusal
from pingpilot_app.ui.live import Live

PAGES_MAX = 1_000  # that can be turned back


class Named(Protocol):
    """Something that is shown, by the id that the next page begins after."""

    @property
    def id(self) -> str: ...


Row = TypeVar("Row", bound=Named)


class Pages(Live, mixin=True):
    """A live state with a list that can be turned: `older` shows what lies below the last row."""

    has_older: bool = False
    has_newer: bool = False

    _starts: list[str] = []  # the ids that the pages before this one, and this one, begin after
    _last: str = ""  # the id of the last row that is shown

    def _start(self) -> str | None:
        """Return the id that this page begins after, None for the first page."""
        return self._starts[-1] if self._starts else None

    def _page_of(self, found: Sequence[Row], size: int) -> list[Row]:
        """Return a page of what was found, which is one more than it where there is another."""
        page = list(found[:size])
        self._last = page[-1].id if page else ""
        self._put(has_older=len(found) > size, has_newer=bool(self._starts))
        return page

    async def _turned_away(self) -> Any:
        """Return what a handler answers to somebody who may not call it; None: it may go on."""
        return refusal(type(self).access, await self._session())

    @rx.event
    async def older(self) -> Any:
        """Turn to the next page."""
        if away := await self._turned_away():
            return away
        if self.has_older and len(self._starts) < PAGES_MAX:
            self._starts = [*self._starts, self._last]
            await self._show()
        return None

    @rx.event
    async def newer(self) -> Any:
        """Turn back."""
        if away := await self._turned_away():
            return away
        self._starts = self._starts[:-1]
        await self._show()
        return None


def turner(state: Any, label: str) -> rx.Component:
    """Show the buttons that turn the page of a state with `Pages`, where there is another."""
    return rx.cond(
        state.has_newer | state.has_older,
        rx.el.nav(
            _turn(
                *(icon("chevron-left", 15), "Newer"),
                on_click=state.newer,
                disabled=~state.has_newer,
            ),
            _turn(
                *("Older", icon("chevron-right", 15)),
                on_click=state.older,
                disabled=~state.has_older,
            ),
            aria_label=label,
            class_name="buttons account-pages",
        ),
    )


def _turn(*label: Any, **props: Any) -> rx.Component:
    return rx.el.button(*label, type="button", class_name="button small", **props)
