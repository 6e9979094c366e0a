"""What the page of a category knows and does."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.category import DEFAULT_EMOJI, color_hex
from pingpilot_app.domain.period import Period, Viewer, edges_of
from pingpilot_app.storage.configuration import CategoryEntry
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.storage.table import TIME, Wanted
from pingpilot_app.ui.bars import Bar
from pingpilot_app.ui.browser_acts import show_address
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.in_zone import InZone
from pingpilot_app.ui.pages.category.figures import FieldCard, Figures, figures_of
from pingpilot_app.ui.pages.category.listing import (
    PAGE,
    Column,
    Row,
    columns_of,
    ids_of,
    rows_of,
)
from pingpilot_app.ui.pages.category.view import View, filter_query, is_column, text_of, view_of
from pingpilot_app.ui.session import to_sign_in

PERIODS = {Period.TODAY: "Today", Period.WEEK: "This week", Period.MONTH: "This month"}

TABLE = "#events"  # where a page of the table begins


@dataclass(frozen=True)
class Tab:
    """A period, and where it leads."""

    label: str
    path: str
    here: bool


class CategoryState(InZone, rx.State):
    """The category that the address names, in the period and order that it names."""

    missing: bool = False
    started: bool = False  # whether there ever was an event
    name: str = ""
    emoji: str = ""
    color: str = ""
    command: str = ""
    tabs: list[Tab] = []
    counts: dict[str, str] = {}
    bars: list[Bar] = []
    bars_summary: str = ""
    bars_total: int = 0
    cards: list[FieldCard] = []
    columns: list[Column] = []
    all_columns: bool = True
    rows: list[Row] = []
    text: str = ""  # that is searched for
    box: str = ""  # changes when the search box has to show another text than was typed there
    first: str = ""  # address of the first page, empty on it
    older: str = ""  # address of the next page, empty on the last
    csv: str = ""  # addresses of the same events as files
    json_file: str = ""
    waiting: str = ""  # what is new and not among the rows
    busy: bool = False

    _asked: View = View("")
    _shown: View | None = None
    _typed: str = ""
    _held: bool = False
    _again: bool = False
    _ids: list[str] = []
    _more: bool = False
    _total: int = 0  # events when the rows were sorted

    def _begin(self) -> None:
        self._held, url = False, self.router.url
        self._asked = view_of(url.path, url.query_parameters)
        if self._asked.name != self.name:
            self.ready, self.missing, self.started = False, False, False

    async def _load(self, session: SessionView) -> None:
        account_id, view, moment = session.account_id, self._asked, now()
        known = await current().cache.configuration(account_id, moment)
        entry = known.categories.get(view.name)
        self.missing, self.name = entry is None, view.name
        if entry is not None:
            viewer = self._viewer(session)
            edges = edges_of(view.period, moment, viewer)
            figures = await figures_of(account_id, entry.id, edges, viewer)
            await self._take_rows(account_id, entry, figures)
            self._take(entry, figures, viewer)
        self.busy = False

    def _take(self, entry: CategoryEntry, figures: Figures, viewer: Viewer) -> None:
        view = self._asked
        self.emoji, self.color = entry.emoji or DEFAULT_EMOJI, color_hex(entry.color)
        self.started, self.command = figures.started, curl(category=entry.name)
        self.tabs = [_tab(view, period) for period in Period]
        self.counts = _counts(figures)
        self.bars, self.bars_summary = figures.bars.bars, figures.bars.summary
        self.bars_total, self.cards = figures.bars.total, figures.cards
        self.columns = columns_of(figures.columns, view.order)
        self.all_columns, self.text = figures.all_columns, view.text
        if view.text != self._typed:
            self._typed, self.box = view.text, f"{view.name} {view.text}"
        self.first = replace(view, after="").path + TABLE if view.after else ""
        self.older = replace(view, after=self._ids[-1]).path + TABLE if self._more else ""
        self.csv, self.json_file = _exports(view, figures, viewer.zone)

    async def _take_rows(self, account_id: str, entry: CategoryEntry, figures: Figures) -> None:
        """Set the rows. They change their places only where nobody can be looking at them."""
        view, period = self._asked, (figures.since, figures.until)
        wanted = Wanted(account_id, entry.id, *period, view.text, view.order)
        fresh = self._again or view != self._shown
        if fresh or view.order.by == TIME:
            self._take_ids(await ids_of(wanted, view.after), figures, fresh=fresh)
        elif figures.counts.total > self._total:
            self.waiting = "New events: sort again"
        self.rows = await rows_of(account_id, self._ids, figures.columns)

    def _take_ids(self, found: list[str], figures: Figures, *, fresh: bool) -> None:
        ids = found[:PAGE]
        new = [one for one in ids if self._ids and one > self._ids[0]]
        if self._held and not fresh and self._ids:
            self.waiting = f"{len(new)}{'+' if len(new) == PAGE else ''} new ↑" if new else ""
            return
        self._ids, self._more, self.waiting = ids, len(found) > PAGE, ""
        self._shown, self._again, self._total = self._asked, False, figures.counts.total

    @rx.event
    async def sort_by(self, column: str) -> Any:
        """Sort by a column; a second time, the other way round."""
        if await self._session() is None:
            return to_sign_in()
        if not is_column(column):
            return None
        return self._go(self._asked.sorted_by(column))

    @rx.event
    async def search(self, text: str) -> Any:
        """Show the events that have these words."""
        if await self._session() is None:
            return to_sign_in()
        self._typed = text_of(text)
        return self._go(replace(self._asked, text=self._typed, after=""))

    @rx.event
    async def clear(self) -> Any:
        """Search for nothing, and empty the box."""
        if await self._session() is None:
            return to_sign_in()
        return self._go(replace(self._asked, text="", after=""))

    def _go(self, view: View) -> list[Any] | None:
        """Show another view in its place, and its address.

        The page itself stays: the router would scroll to its top, away from the table.
        """
        if view == self._asked or not view.name:
            return None
        self._asked, self.busy = view, True
        return [show_address(view.path), type(self).show_new]

    @rx.event
    async def hold(self) -> Any:
        """Let no row move while the pointer is on the table."""
        if await self._session() is None:
            return to_sign_in()
        self._held = True
        return None

    @rx.event
    async def release(self) -> Any:
        """Let rows move again."""
        if await self._session() is None:
            return to_sign_in()
        self._held = False
        await self._show()
        return None

    @rx.event
    async def show_new(self) -> Any:
        """Read the rows anew."""
        if await self._session() is None:
            return to_sign_in()
        self._held, self._again = False, True
        await self._show()
        return None


def _tab(view: View, period: Period) -> Tab:
    leads = replace(view, period=period, after="")
    return Tab(PERIODS[period], leads.path, period is view.period)


def _counts(figures: Figures) -> dict[str, str]:
    counts = figures.counts
    found = {"total": counts.total, "delivered": counts.delivered}
    found |= {"pending": counts.pending, "failed": counts.failed}
    return {name: f"{count:,}" for name, count in found.items()}


def _exports(view: View, figures: Figures, zone: ZoneInfo) -> tuple[str, str]:
    """Return the addresses of the same events as files; they are named by the viewer's dates."""
    given = {
        "since": figures.since.astimezone(zone).isoformat(),
        "until": figures.until.astimezone(zone).isoformat(),
        **filter_query(view.text, view.order),
    }
    query = urlencode({name: value for name, value in given.items() if value})
    path = f"/export/categories/{quote(view.name)}"
    return f"{path}.csv?{query}", f"{path}.json?{query}"
