"""A viewer: sees everything, finds nothing to change it by, and is refused where they try."""

import json
import sqlite3
from contextlib import closing
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pingpilot_app.domain.role import Right, Role, refusal_of
from pingpilot_app.ui.pages.categories import CategoriesState
from pingpilot_app.ui.pages.event import EventState
from pingpilot_app.ui.pages.keys import KeysState
from tests.browser.conftest import go, send_event
from tests.browser.people import Person, colleague, join, set_up
from tests.browser.server import Server
from tests.security.desk import full_name

# What a viewer may use: it turns, filters, sorts and copies what is shown, or is their own.
LOOKS = {
    "Pause P",
    "Search description and fields",
    "Search the events of this period",
    *("Category", "Status", "Channel", "Claim", "Failed in", "Count"),
    *("Copy the id", "Copy amount", "Discord", "Telegram", "Email", "Plain email"),
    *("Time", "Description", "amount"),
    *("Light theme", "Dark theme", "System theme"),
}
OWN = {  # of the settings
    *("Change email", "Change password", "Show what is typed", "Set it up", "Save"),
    *(
        "email",
        "current",
        "password",
        "Email",
        "time_zone",
        "week_start",
        "called",
        "Your name",
        "name",
    ),
}

_CONTROLS = """() => [...document.querySelectorAll(
    "main :is(button, input, select, textarea, [role=switch], [contenteditable])"
)].filter(one => one.checkVisibility()).map(one => one.getAttribute("aria-label")
    || (one.tagName === "BUTTON" ? one.innerText.trim().replace(/\\s+/g, " ") : one.name))"""

# A websocket of the page's own, which says one thing and returns what it hears.
_SAY = """([event, patience]) => new Promise((heard, failed) => {
    const token = crypto.randomUUID();
    const address = location.origin.replace("http", "ws") + "/_event/?EIO=4&transport=websocket";
    const socket = new WebSocket(`${address}&token=${token}`);
    const all = [];
    setTimeout(() => failed(all.join("\\n")), patience);
    socket.onmessage = ({data}) => {
        all.push(data);
        const said = JSON.stringify(["event", event]);
        if (data.startsWith("0")) socket.send("40/_event,");
        else if (data.startsWith("40")) socket.send("42/_event," + said);
        else if (data.includes("of this account may do this")) heard(data);
    };
})"""


@pytest.fixture(scope="module")
def olga(operator: Server) -> tuple[Person, str]:
    """The owner of an account with everything in it, and the id of an event."""
    owner = join(operator, "olga@example.org")
    key = set_up(operator, owner)
    sent = send_event(operator, key, category="bug", description="It fails", fields={"amount": 3})
    send_event(operator, key, category="sale", description="Sold", fields={"amount": 0})
    return owner, str(sent.json()["eventId"])


@pytest.fixture(scope="module")
def vera(operator: Server, olga: tuple[Person, str]) -> Person:
    """A viewer of it."""
    return colleague(operator, olga[0], "viola@example.org", Role.VIEWER)


@pytest.fixture
def looking(operator: Server, page: Page, vera: Person) -> Page:
    """The viewer's page, at the feed."""
    page.context.add_cookies(vera.cookies)
    page.goto(f"{operator.url}/feed")
    page.locator(".skeleton").first.wait_for(state="detached")
    return page


def controls(page: Page) -> set[str]:
    """Return what can be pressed or filled in on the page."""
    page.locator(".skeleton").first.wait_for(state="detached")
    return set(page.evaluate(_CONTROLS))


def rows_of(server: Server, account_id: str) -> dict[str, list[Any]]:
    """Return what of the account a viewer might be after."""
    tables = dict.fromkeys(("category", "destination", "event", "claim", "comment"), "*")
    tables |= {"api_key": "id, name, revoked_at", "delivery": "id, status, attempts, replays"}
    with closing(sqlite3.connect(server.data / "pingpilot.db")) as database:
        query = "SELECT {} FROM {} WHERE account_id = ? ORDER BY 1"
        return {
            table: database.execute(query.format(columns, table), (account_id,)).fetchall()
            for table, columns in tables.items()
        }


def test_a_viewer_sees_every_page_and_finds_no_button_that_acts(
    operator: Server, looking: Page, olga: tuple[Person, str]
) -> None:
    page, event_id = looking, olga[1]
    expect(page.get_by_text("It fails").first).to_be_visible()
    for name in ("Overview", "Feed", "Categories", "Channels", "Keys", "Quota"):
        go(page, name)
        assert controls(page) <= LOOKS, name
    go(page, "Settings")
    expect(page.get_by_text("You are a viewer of this account.")).to_be_visible()
    assert controls(page) <= LOOKS | OWN
    expect(page.get_by_role("heading", name="Delete this account")).to_have_count(0)
    for path in (f"events/{event_id}", f"feed?event={event_id}", "categories/sale"):
        page.goto(f"{operator.url}/{path}")
        expect(page.locator(".event-page, .events-table").first).to_be_visible()
        assert controls(page) <= LOOKS, path
    expect(page.get_by_role("link", name="Export these events as CSV")).to_have_count(0)


def test_a_viewer_is_told_who_does_what_they_may_not(looking: Page) -> None:
    go(looking, "Keys")
    expect(looking.get_by_text("Web shop")).to_be_visible()
    told = "Owners and admins of this account make, change and revoke keys. You may look."
    expect(looking.get_by_text(told)).to_be_visible()


def test_who_changed_what_is_for_those_who_may_see_it(
    operator: Server, looking: Page, olga: tuple[Person, str]
) -> None:
    pages = looking.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Settings")).to_be_visible()
    expect(pages.get_by_role("link", name="Activity")).to_have_count(0)

    looking.goto(f"{operator.url}/activity")

    expect(looking.get_by_role("heading", name="For owners and admins")).to_be_visible()
    expect(looking.locator(".act")).to_have_count(0)


@pytest.mark.parametrize(
    ("state", "name", "payload", "right"),
    [
        (KeysState, "create", {"form": {"name": "mine", "events:write": True}}, Right.KEYS),
        (CategoriesState, "quick_start", {}, Right.CATEGORIES),
        (EventState, "retry", {"name": "discord"}, Right.RESEND),
    ],
)
def test_a_raw_event_from_the_viewers_page_is_refused_and_changes_nothing(
    operator: Server,
    looking: Page,
    vera: Person,
    state: Any,
    name: str,
    payload: dict[str, Any],
    right: Right,
) -> None:
    expect(looking.locator("[data-status=PENDING]")).to_have_count(0)  # all has arrived
    before = rows_of(operator, vera.account_id)
    place = {"pathname": "/keys", "asPath": "/keys", "query": {}}
    event = {"name": full_name(state, name), "payload": payload, "router_data": place}

    answer = looking.evaluate(_SAY, [event, 15_000])

    assert json.dumps(refusal_of(right)).strip('"') in answer
    assert rows_of(operator, vera.account_id) == before


def test_what_is_downloaded_by_address_is_refused(
    operator: Server, looking: Page, olga: tuple[Person, str]
) -> None:
    for path, right in (
        ("/export/categories/bug.csv", Right.EXPORT),
        ("/auth/export", Right.ACCOUNT),
    ):
        answer = looking.context.request.get(operator.url + path)

        assert (answer.status, answer.text()) == (403, refusal_of(right))


def test_an_outsider_sees_that_there_is_nothing(
    operator: Server, page: Page, olga: tuple[Person, str]
) -> None:
    page.context.add_cookies(join(operator, "otto@example.org").cookies)

    page.goto(f"{operator.url}/events/{olga[1]}")

    expect(page.get_by_text("There is no such event here")).to_be_visible()
    assert page.context.request.get(f"{operator.url}/export/categories/bug.csv").status == 404
