"""What the feed reads: each question is asked once, however many tabs have it."""

from dataclasses import dataclass, replace

from pingpilot_app.delivery.instance import current
from pingpilot_app.storage.events import EventFilter, count_events, list_events
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.pages.feed.filters import Filters
from pingpilot_app.ui.rows import EventRow, feed_row

PAGE = 50  # rows
COUNTED = 1_000  # new events; more than that are "999+"


@dataclass(frozen=True)
class Page:
    """Some rows, newest first. `more`: there are older ones."""

    rows: list[EventRow]
    more: bool


async def newest(who: SessionView, filters: Filters, limit: int = PAGE) -> Page:
    """Return the newest events that match."""
    return await _page(who.account_id, filters.wanted(limit, who.user_id))


async def older(who: SessionView, filters: Filters, before: str) -> Page:
    """Return the page below the event `before`."""
    return await _page(who.account_id, replace(filters.wanted(PAGE, who.user_id), before=before))


async def refreshed(who: SessionView, shown: list[EventRow], found: Page) -> list[EventRow]:
    """Return the rows of `shown` as they are now, whether they still match the filters or not.

    What `found` has of them is taken from there; what was deleted is left out.
    """
    now = {row.id: row for row in found.rows}
    missing = frozenset(row.id for row in shown) - set(now)
    if missing:
        page = await _page(who.account_id, EventFilter(ids=missing, limit=len(missing)))
        now |= {row.id: row for row in page.rows}
    return [now[row.id] for row in shown if row.id in now]


async def count_waiting(
    who: SessionView, filters: Filters, shown: list[EventRow], found: Page
) -> int:
    """Return how many of the events that match would come above or between those shown."""
    ids = {row.id for row in shown}
    if found.more and not any(row.id in ids for row in found.rows):
        return await count_after(who, filters, shown[0].id)
    return sum(row.id not in ids and row.id > shown[-1].id for row in found.rows)


async def count_after(who: SessionView, filters: Filters, newest_known: str) -> int:
    """Return how many of the events that match are newer than one, counted up to `COUNTED`."""
    account_id = who.account_id
    wanted = replace(filters.wanted(COUNTED, who.user_id), after=newest_known)

    async def load() -> int:
        return await current().database.read(count_events, account_id, wanted)

    return await shared(account_id, ("feed-count", wanted), load)


async def _page(account_id: str, wanted: EventFilter) -> Page:
    async def load() -> Page:
        page = await current().database.read(list_events, account_id, wanted)
        return Page([feed_row(event) for event in page.events], page.cursor is not None)

    return await shared(account_id, ("feed", wanted), load)
