"""What every page owes everybody: no barrier, no complaint, no other host, no sideways scrolling.

The list of pages is the dashboard's own, so that a new page is looked at as soon as it is there.
Each page is opened once for each who looks at it, and then asked all the questions.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, Route

from pingpilot_app.ui import pages
from tests.browser.conftest import TIMEOUT, send_event, watch
from tests.browser.people import join, set_up
from tests.browser.server import Server

WINDOW = {"width": 1280, "height": 900}
NARROW = {"width": 360, "height": 800}
PHONE = {"width": 390, "height": 844}
THEMES = ("light", "dark")

# What stands for the parts of a route that differ; a route with another part needs a line here.
PARTS = {"[name]": "bug", "[event_id]": "{event}"}
UNKNOWN = "/no/such/page"

STRANGER, NEWCOMER, REGULAR = "stranger", "newcomer", "regular"
VISITS = [(STRANGER, page[0]) for page in pages._PUBLIC]
VISITS += [(who, page[0]) for page in pages._INSIDE for who in (NEWCOMER, REGULAR)]

# An unbroken text and many fields, which are what makes pages too wide.
EVENT = {
    "category": "bug",
    "description": "Checkout fails: " + "ConnectionResetError/" * 12,
    "fields": {
        "amount": 249.9,
        "carts": 3,
        "first": False,
        "host": "db-2.eu-central.internal.example.org",
        "a_rather_long_name_of_a_field_that_nobody_shortens": "x" * 120,
        "runbook": "https://wiki.example.org/runbooks/checkout#resets",
        "seats": 0,
    },
}

AXE = """() => axe.run(document, {resultTypes: ["violations"], preload: false}).then(({violations}) =>
  violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`)))"""
LOADED = "() => document.querySelector('h1') && !document.querySelector('.skeleton')"


@dataclass
class Visit:
    """A page that somebody has open, and what it did that it should not."""

    page: Page
    route: str
    complaints: list[str]


@dataclass
class Visitor:
    """One browser. `event` is the id of the newest event, or of one that never was."""

    page: Page
    complaints: list[str]
    server: Server
    event: str = f"evt_{'0' * 26}"

    def open(self, route: str) -> Visit:
        """Open a page and wait until all of it is there."""
        path = self.path_of(route)
        self.complaints.clear()
        self.page.set_viewport_size(WINDOW)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        self.page.goto(f"{self.server.url}{path}")
        self.page.wait_for_function(LOADED)
        assert urlsplit(self.page.url).path == path, "the page led elsewhere"
        return Visit(self.page, route, self.complaints)

    def path_of(self, route: str) -> str:
        """Return an address of the route."""
        parts = (PARTS[part] if part.startswith("[") else part for part in route.split("/"))
        return UNKNOWN if route == "/404" else "/".join(parts).format(event=self.event)


@pytest.fixture(scope="module")
def visitors(operator: Server, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """Somebody who is not signed in, somebody whose account is empty, and somebody with events."""
    visitors = {who: _visitor(operator, browser) for who in (STRANGER, NEWCOMER, REGULAR)}
    visitors[STRANGER].page.route(f"{operator.url}/setup", _whatever_the_gate_says)
    newcomer, regular = (join(operator, f"{who}@example.org") for who in (NEWCOMER, REGULAR))
    visitors[NEWCOMER].page.context.add_cookies(newcomer.cookies)
    visitors[REGULAR].page.context.add_cookies(regular.cookies)
    visitors[REGULAR].event = _use(visitors[REGULAR].page, operator, set_up(operator, regular))
    yield visitors
    for visitor in visitors.values():
        visitor.page.context.close()
    httpx.delete(f"{operator.sandbox}/received").raise_for_status()


def _visitor(server: Server, browser: Browser) -> Visitor:
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    visitor = Visitor(context.new_page(), [], server)
    watch(visitor.page, server, visitor.complaints)
    return visitor


def _whatever_the_gate_says(route: Route) -> None:
    """Give /setup out: a server that is set up leads to /login instead."""
    route.continue_(url=f"{route.request.url}/index.html")


def _use(page: Page, server: Server, key: str) -> str:
    """Send events, one of which Telegram refuses for good, and return that one's id."""
    send_event(server, key, category="sale", description="Order paid", fields={"amount": 3})
    plan = {"channel": "telegram", "mode": "code:bot was blocked", "times": 1}
    page.goto(f"{server.url}/feed")
    page.locator("[data-event][data-status=DELIVERED]").wait_for()
    httpx.post(f"{server.sandbox}/fail", json=plan).raise_for_status()
    event = str(send_event(server, key, **EVENT).json()["eventId"])
    page.locator(f"[data-event={event}][data-status=FAILED]").wait_for()
    return event


@pytest.fixture(scope="module", params=VISITS, ids=lambda visit: f"{visit[0]} {visit[1]}")
def visit(request: pytest.FixtureRequest, visitors: dict[str, Visitor]) -> Visit:
    """Each page in turn."""
    who, route = request.param
    return visitors[who].open(route)


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds: rule, element, markup."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE)
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_a_page_has_no_barriers(visit: Visit, theme: str) -> None:
    visit.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    visit.page.wait_for_function(
        "theme => document.documentElement.classList.contains(theme)", arg=theme
    )

    assert barriers(visit.page) == []


def test_a_page_has_a_title_and_one_heading_above_all(visit: Visit) -> None:
    assert re.fullmatch(r"PingPilot|.+ · PingPilot", visit.page.title())
    assert visit.page.locator("h1:visible").count() == 1


def test_a_page_does_not_scroll_sideways(visit: Visit) -> None:
    visit.page.set_viewport_size(NARROW)  # type: ignore[arg-type]

    assert visit.page.evaluate("document.documentElement.scrollWidth") == NARROW["width"]


def test_a_page_complains_of_nothing_and_asks_no_other_host(visit: Visit) -> None:
    visit.page.wait_for_load_state("networkidle")

    # The browser itself reports the status of a page that does not exist.
    assert [line for line in visit.complaints if visit.route != "/404" or "404" not in line] == []


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox", name="Search or jump").wait_for()


def open_shortcuts(page: Page) -> None:
    page.keyboard.press("?")
    page.get_by_role("dialog", name="Keyboard shortcuts").wait_for()


def open_menu(page: Page) -> None:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("dialog", name="Menu").wait_for()


def open_form(page: Page) -> None:
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").wait_for()


def open_question(page: Page) -> None:
    page.get_by_role("button", name="Revoke the key Web shop").click()
    page.get_by_role("alertdialog").or_(page.get_by_role("dialog")).first.wait_for()


@pytest.mark.parametrize(
    "open_over", [open_palette, open_shortcuts, open_menu, open_form, open_question]
)
def test_what_lies_over_a_page_has_no_barriers(
    visitors: dict[str, Visitor], open_over: Callable[[Page], None]
) -> None:
    page = visitors[REGULAR].open("/keys").page
    open_over(page)

    for theme in THEMES:
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert barriers(page) == []
