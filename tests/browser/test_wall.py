"""A screen on a wall: anybody with the link sees it, and it comes back by itself."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Request, WebSocketRoute, expect

from tests.browser.conftest import TIMEOUT, send_event
from tests.browser.contrast import CONTRAST
from tests.browser.people import Person, join, set_up
from tests.browser.server import Server
from tests.browser.test_every_page import barriers

SCREENS = ((1920, 1080), (3840, 2160), (1024, 768), (390, 844))
# Rows that are neither whole on the screen nor whole beside it.
CUT = """() => [...document.querySelectorAll(".wall-row")].filter((row) => {
  const {bottom, left} = row.getBoundingClientRect();
  return left < innerWidth && bottom > innerHeight;
}).length"""
SCROLLS = "document.documentElement.scrollHeight > innerHeight"


@pytest.fixture(scope="module")
def owner(operator: Server) -> Person:
    """Somebody with an account of their own."""
    return join(operator, "wall-owner@example.org")


@pytest.fixture(scope="module")
def key(operator: Server, owner: Person) -> str:
    """A key of the account, which has many events."""
    key = set_up(operator, owner)
    for number in range(15):
        fields = {"amount": number, "customer": "ada@example.net"}
        text = f"Order {number} " + "paid " * (number % 5 * 12)
        send_event(operator, key, category="sale", description=text, fields=fields)
    return key


@pytest.fixture
def team(operator: Server, browser: Browser, owner: Person, key: str) -> Iterator[Page]:
    """The owner's page with the links."""
    context = browser.new_context()
    context.set_default_timeout(TIMEOUT)
    context.add_cookies(owner.cookies)
    page = context.new_page()
    page.goto(f"{operator.url}/team")
    page.get_by_role("button", name="New wall link").wait_for()
    yield page
    context.close()


@pytest.fixture
def link(team: Page) -> str:
    """A new link that hides the customers."""
    team.get_by_role("button", name="New wall link").click()
    team.get_by_label("Name").fill("Kitchen")
    team.get_by_label("Hide some fields").check()
    team.get_by_label("Fields to hide").fill("Customer")
    team.get_by_role("button", name="Make the link").click()
    link = team.locator("#fresh-wall").inner_text()
    team.get_by_role("button", name="I have copied it").click()
    team.locator("#fresh-wall").wait_for(state="detached")
    return link


def revoke_all(team: Page) -> None:
    for _ in team.get_by_role("button", name="Revoke the wall link Kitchen").all():
        team.get_by_role("button", name="Revoke the wall link Kitchen").first.click()
        team.get_by_role("button", name="Revoke link").click()
        team.get_by_role("alertdialog").wait_for(state="detached")
    expect(team.get_by_text("No screen shows this account yet.")).to_be_visible()


def test_whoever_has_the_link_sees_it_until_it_is_revoked(
    operator: Server, page: Page, team: Page, link: str, key: str
) -> None:
    heard: list[str] = []
    page.on("websocket", lambda s: s.on("framereceived", lambda frame: heard.append(str(frame))))
    page.goto(link)
    rows = page.locator(".wall-row")
    expect(rows.first).to_contain_text("Order 14")
    expect(page.get_by_role("status")).to_have_text("Live")

    last = send_event(operator, key, category="bug", description="It burns").json()["eventId"]
    expect(rows.first).to_have_attribute("data-event", last)
    expect(rows).to_have_count(16)
    assert page.locator("a, button, input, select").count() == 0

    revoke_all(team)
    expect(page.get_by_role("heading", name="This wall link does not work")).to_be_visible(
        timeout=5_000
    )
    assert rows.count() == 0
    page.reload()
    expect(page.get_by_role("heading", name="This wall link does not work")).to_be_visible()

    told = "\n".join(heard)
    assert "It burns" in told
    for secret in ("ada@example.net", "customer", "wall-owner", "DISCORD", "attempts"):
        assert secret not in told, secret
    assert link.rpartition("/")[2] not in (operator.data / "server.log").read_text()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_fits_every_screen_and_has_no_barriers(page: Page, link: str, theme: str) -> None:
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        page.goto(f"{link}?theme={theme}")
        page.locator(".wall-row").first.wait_for()
        assert page.evaluate(SCROLLS) is False
        assert page.evaluate(CUT) == 0
        assert page.evaluate(CONTRAST) == []
    assert barriers(page) == []
    background = page.evaluate("getComputedStyle(document.querySelector('.wall')).backgroundColor")
    assert (background == "rgb(14, 16, 20)") == (theme == "dark")


def test_it_comes_back_when_the_server_was_restarted(
    operator: Server, page: Page, link: str, key: str, complaints: list[str]
) -> None:
    page.goto(link)
    page.locator(".wall-row").first.wait_for()

    operator.end()
    expect(page.get_by_role("status")).to_contain_text("Reconnecting since")
    assert page.locator(".wall-row").count() > 0  # what was there stays, and says how old it is
    operator.begin()

    send_event(operator, key, category="bug", description="After the restart")
    expect(page.locator(".wall-row").first).to_contain_text("After the restart")
    expect(page.get_by_role("status")).to_have_text("Live")
    complaints.clear()  # the browser's own, about the connection


def test_a_screen_that_hears_nothing_loads_itself_anew(
    operator: Server, page: Page, link: str
) -> None:
    loads: list[Request] = []
    page.on("request", lambda one: loads.append(one) if one.is_navigation_request() else None)

    def serve(socket: WebSocketRoute) -> None:
        if len(loads) > 1:  # before that nothing is heard, as if the state were lost
            socket.connect_to_server()

    page.route_web_socket(re.compile("/_event/"), serve)
    page.clock.install()
    page.goto(link)
    expect(page.get_by_role("status")).to_have_text("Connecting")

    with page.expect_event("load"):
        page.clock.run_for(60_000)

    expect(page.get_by_role("status")).to_have_text("Live")
    page.locator(".wall-row").first.wait_for()
