"""What every page owes everybody: no barrier, no complaint, no other host, no sideways scrolling.

The list of pages is the dashboard's own, so that a new page is looked at as soon as it is there.
Each page is opened once for each who looks at it, and then asked all the questions.
"""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page

from pingpilot_app.ui import pages
from tests.browser.conftest import send_event
from tests.browser.people import join, set_up
from tests.browser.server import Server
from tests.browser.visitor import UNKNOWN, Visitor, refuse, visit

NARROW = {"width": 360, "height": 800}
PHONE = {"width": 390, "height": 844}
THEMES = ("light", "dark")

STRANGER, NEWCOMER, REGULAR = "stranger", "newcomer", "regular"
VISITS = [(STRANGER, page[0]) for page in pages._PUBLIC]
VISITS += [(who, page[0]) for page in pages._INSIDE for who in (NEWCOMER, REGULAR)]
VISITS += [(NEWCOMER, "/secure?once=")]  # where it is shown though nobody demands it

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

AXE = """async () => {
  const {violations} = await axe.run(document, {resultTypes: ["violations"], preload: false});
  return violations.flatMap((rule) => rule.nodes.map((node) =>
    `${rule.id}: ${node.target.join(" ")} ${node.html.slice(0, 160)}`));
}"""


@pytest.fixture(scope="module")
def visitors(operator: Server, browser: Browser) -> Iterator[dict[str, Visitor]]:
    """Somebody who is not signed in, somebody whose account is empty, and somebody with events."""
    newcomer, regular = (join(operator, f"{who}@example.org") for who in (NEWCOMER, REGULAR))
    visitors = {
        STRANGER: visit(browser, operator),
        NEWCOMER: visit(browser, operator, newcomer.cookies),
        REGULAR: visit(browser, operator, regular.cookies),
    }
    visitors[REGULAR].event = _use(visitors[REGULAR].page, operator, set_up(operator, regular))
    yield visitors
    for visitor in visitors.values():
        visitor.page.context.close()
    httpx.delete(f"{operator.sandbox}/received").raise_for_status()


def _use(page: Page, server: Server, key: str) -> str:
    """Send events, one of which Telegram refuses for good, and return that one's id."""
    send_event(server, key, category="sale", description="Order paid", fields={"amount": 3})
    page.goto(f"{server.url}/feed")
    page.locator("[data-event][data-status=DELIVERED]").wait_for()
    refuse(server, "telegram", "code:bot was blocked")
    event = str(send_event(server, key, **EVENT).json()["eventId"])
    page.locator(f"[data-event={event}][data-status=FAILED]").wait_for()
    return event


@pytest.fixture(scope="module", params=VISITS, ids=" ".join)
def opened(request: pytest.FixtureRequest, visitors: dict[str, Visitor]) -> Visitor:
    """Each page in turn."""
    who, route = request.param
    visitors[who].open(route)
    return visitors[who]


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds: rule, element, markup."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE)
    return found


@pytest.mark.parametrize("theme", THEMES)
def test_a_page_has_no_barriers(opened: Visitor, theme: str) -> None:
    opened.use(theme)

    assert barriers(opened.page) == []


def test_a_page_has_a_title_and_one_heading_above_all(opened: Visitor) -> None:
    assert re.fullmatch(r"PingPilot|.+ · PingPilot", opened.page.title())
    assert opened.page.locator("h1:visible").count() == 1


def test_a_page_does_not_scroll_sideways(opened: Visitor) -> None:
    opened.page.set_viewport_size(NARROW)  # type: ignore[arg-type]

    # A busy machine may lay the page out some moments after its window has become narrow.
    opened.page.wait_for_function(
        "(width) => document.documentElement.scrollWidth === width", arg=NARROW["width"]
    )


def test_a_page_complains_of_nothing_and_asks_no_other_host(opened: Visitor) -> None:
    opened.page.wait_for_load_state("networkidle")

    # The browser itself reports the status of a page that does not exist.
    there = not opened.page.url.endswith(UNKNOWN)
    assert [line for line in opened.complaints if there or "404" not in line] == []


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
    page = visitors[REGULAR].open("/keys")
    open_over(page)

    for theme in THEMES:
        visitors[REGULAR].use(theme)
        assert barriers(page) == []
