"""What pages ask of a database: asked in this process, without the cache that tabs share."""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import reflex as rx
from reflex.istate.data import RouterData

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.message.message import value_text
from pingpilot_app.storage.events import EventFilter, EventPage, list_events
from pingpilot_app.ui import live
from pingpilot_app.ui.pages.category import CategoryState
from pingpilot_app.ui.pages.feed import FeedState
from pingpilot_app.ui.pages.overview import OverviewState
from pingpilot_app.ui.rows import feed_row

REPEATS = 20
LATER_PAGE = 20

FEED, CATEGORY, SEARCH = 50, 150, 300  # the targets, in milliseconds

# What a browser answers a page that asks where it is: time zone and first day of the week.
_VIEWER = ["Europe/Berlin", 1]

Ask = Callable[[], Awaitable[object]]


@dataclass(frozen=True)
class Question:
    """Something that a page asks, and within how many milliseconds it wants the answer."""

    name: str
    target: int
    ask: Ask


@dataclass(frozen=True)
class Answered:
    """How long it took, in milliseconds; `usual` is the median of those after the first."""

    question: Question
    first: float
    usual: float

    @property
    def is_late(self) -> bool:
        """Tell whether the target is missed."""
        return self.usual > self.question.target


async def ask_all(instance: Instance, account: str, cookie: str) -> list[Answered]:
    """Ask each question, the first time and again. `cookie` is the account's `Cookie` header."""
    questions = [*_pages(cookie), *_lists(instance, account), *await _searches(instance, account)]
    return [await _answered(question) for question in questions]


async def _answered(question: Question) -> Answered:
    first, *others = [await _timed(question.ask) for _ in range(REPEATS + 1)]
    return Answered(question, first, median(others))


async def _timed(ask: Ask) -> float:
    live._kept.clear()
    start = time.perf_counter()
    await ask()
    return (time.perf_counter() - start) * 1000


def _pages(cookie: str) -> list[Question]:
    def page(kind: type[rx.State], path: str) -> Ask:
        return lambda: _load(kind, path, cookie)

    return [
        Question("feed", FEED, page(FeedState, "/feed")),
        Question("category, today", CATEGORY, page(CategoryState, "/categories/bug")),
        Question("category, month", CATEGORY, page(CategoryState, "/categories/bug?period=month")),
        Question("overview, day", CATEGORY, page(OverviewState, "/overview")),
        Question("overview, month", CATEGORY, page(OverviewState, "/overview?period=month")),
    ]


def _lists(instance: Instance, account: str) -> list[Question]:
    wanted = {
        "feed, one category": EventFilter(category="bug"),
        "feed, failed": EventFilter(status=EventStatus.FAILED),
        "feed, failed of a category": EventFilter(category="bug", status=EventStatus.FAILED),
        "feed, pending, of which there are none": EventFilter(status=EventStatus.PENDING),
    }
    return [Question(name, FEED, _listing(instance, account, one)) for name, one in wanted.items()]


async def _searches(instance: Instance, account: str) -> list[Question]:
    newest = await _list(instance, account, EventFilter(limit=1))
    amount = value_text(newest.events[0].fields["amount"])
    common = EventFilter(text="seeded event checkout")
    wanted = {
        "search, three common words": common,
        f"the same, page {LATER_PAGE}": await _later(instance, account, common),
        "search, a word's beginning": EventFilter(text="check"),
        "search, a common and a rare word": EventFilter(text=f"seeded {amount}"),
        "search, a common word and one that is nowhere": EventFilter(text="seeded zugspitze"),
        "search in a category": EventFilter(text="seeded checkout", category="bug"),
        "search among the failed": EventFilter(text="seeded", status=EventStatus.FAILED),
    }
    asked = [(name, _listing(instance, account, one)) for name, one in wanted.items()]
    return [Question(name, SEARCH, ask) for name, ask in asked]


def _listing(instance: Instance, account: str, wanted: EventFilter) -> Ask:
    return lambda: _list(instance, account, wanted)


async def _load(kind: type[rx.State], path: str, cookie: str) -> None:
    """Load a page as its state does when a browser opens it."""
    root = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]  # Reflex's own
    told = {"headers": {"cookie": cookie}, "asPath": path, "pathname": path.partition("?")[0]}
    root.router = RouterData.from_router_data(told)
    state: Any = root.substates[kind.get_name()]
    state._begin()
    hears = kind.event_handlers.get("hear_viewer")
    await (state._show() if hears is None else hears.fn(state, _VIEWER))
    assert state.ready


async def _list(instance: Instance, account: str, wanted: EventFilter) -> EventPage:
    """Read a page of events and turn it into rows, as the feed does."""
    page = await instance.database.read(list_events, account, wanted)
    for event in page.events:
        feed_row(event)
    return page


async def _later(instance: Instance, account: str, wanted: EventFilter) -> EventFilter:
    """Return what asks for a page further down."""
    for _ in range(LATER_PAGE - 1):
        page = await _list(instance, account, wanted)
        wanted = replace(wanted, before=page.cursor)
    return wanted
