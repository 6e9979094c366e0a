"""The live feed in a browser: rows that come, wait and are found, and the event beside them."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import go, make_key, send_event
from tests.browser.contrast import CONTRAST
from tests.browser.server import Server
from tests.browser.test_first_minutes import set_up_discord, set_up_telegram

IDS = "[...document.querySelectorAll('[data-row]')].map((row) => row.dataset.event)"


@pytest.fixture
def key(operator: Server, signed_in: Page) -> str:
    """A key of an account whose channels are all set up. The page is at the feed."""
    go(signed_in, "Channels")
    signed_in.locator("#channel-discord").wait_for()
    if signed_in.locator("#channel-discord").get_by_label("Your Discord ID").is_visible():
        set_up_discord(signed_in, operator)
        set_up_telegram(signed_in)
    key = make_key(signed_in, "Feed")
    event_id = send(operator, key, "Before all others")
    go(signed_in, "Feed")
    signed_in.locator(f"[data-event={event_id}]").wait_for()
    return key


def send(server: Server, key: str, description: str, category: str = "bug") -> str:
    """Send an event and return its id."""
    answer = send_event(server, key, category=category, description=description)
    return str(answer.json()["eventId"])


def rows(page: Page) -> Locator:
    return page.locator("[data-row]")


def without_gap(page: Page) -> bool:
    """Tell whether the rows stand newest first, none of them twice."""
    ids = page.evaluate(IDS)
    return bool(ids == sorted(set(ids), reverse=True))


def test_new_rows_come_by_themselves_and_wait_while_one_looks(
    operator: Server, signed_in: Page, key: str
) -> None:
    first = send(operator, key, "It comes by itself")
    expect(rows(signed_in).first).to_have_attribute("data-event", first)

    rows(signed_in).first.hover()
    expect(signed_in.locator("pp-hold")).to_be_visible()
    signed_in.wait_for_function("document.querySelector('pp-hold').held === true")
    send(operator, key, "It waits")
    last = send(operator, key, "It waits too")
    waiting = signed_in.get_by_role("button", name="2 new ↑")
    expect(waiting).to_be_visible()
    expect(rows(signed_in).first).to_have_attribute("data-event", first)

    waiting.click()
    expect(rows(signed_in).first).to_have_attribute("data-event", last)
    assert without_gap(signed_in)


def test_a_paused_feed_stands_still_until_p_is_pressed_again(
    operator: Server, signed_in: Page, key: str
) -> None:
    shown = signed_in.evaluate(IDS)
    signed_in.keyboard.press("p")
    expect(signed_in.get_by_role("button", name="Resume")).to_be_visible()

    last = send(operator, key, "Not yet")
    expect(signed_in.get_by_role("button", name="1 new ↑")).to_be_visible()
    assert signed_in.evaluate(IDS) == shown

    signed_in.keyboard.press("p")
    expect(rows(signed_in).first).to_have_attribute("data-event", last)


def test_filters_are_in_the_address(operator: Server, signed_in: Page, key: str) -> None:
    page = signed_in
    wanted = send(operator, key, "The teapot is empty")
    send(operator, key, "Something else")

    page.get_by_label("Channel").select_option("email")
    page.wait_for_url("**/feed?channel=email")
    box = page.get_by_role("searchbox")
    box.press_sequentially("teapot", delay=20)
    page.wait_for_url("**/feed?channel=email&q=teapot")
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_have_attribute("data-event", wanted)
    expect(box).to_be_focused()

    page.reload()
    expect(box).to_have_value("teapot")
    expect(page.get_by_label("Channel")).to_have_value("email")
    expect(rows(page)).to_have_count(1)

    page.go_back()
    expect(box).to_have_value("")
    page.go_forward()
    expect(box).to_have_value("teapot")
    expect(rows(page)).to_have_count(1)

    box.fill("no event has this")
    page.get_by_role("button", name="Show all").click()
    page.wait_for_url("**/feed")
    expect(box).to_have_value("")
    expect(rows(page).nth(1)).to_be_visible()


def test_an_event_opens_beside_the_list_and_escape_closes_it(
    operator: Server, signed_in: Page, key: str
) -> None:
    page = signed_in
    page.set_viewport_size({"width": 1440, "height": 900})
    page.reload()
    event_id = send(operator, key, "Look at this")
    row = page.locator(f"[data-event={event_id}]")
    row.get_by_role("link").click()

    page.wait_for_url(f"**/feed?event={event_id}")
    beside = page.get_by_role("complementary", name="Event")
    expect(beside).to_contain_text("Look at this")
    expect(beside.locator("[data-channel]")).to_have_count(3)
    expect(row).to_have_attribute("aria-current", "true")
    page.reload()
    expect(beside).to_contain_text("Look at this")
    assert page.evaluate(CONTRAST) == []

    page.keyboard.press("Escape")
    page.wait_for_url("**/feed")
    expect(beside).to_have_count(0)

    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    row.get_by_role("link").click()
    page.wait_for_url(f"**/events/{event_id}")
    expect(page.get_by_role("link", name="Older")).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_url(re.compile(f"/events/(?!{event_id})"))


def test_an_event_that_is_not_there_says_so_beside_the_list(
    operator: Server, signed_in: Page, key: str
) -> None:
    signed_in.goto(f"{operator.url}/feed?event=evt_{'0' * 26}&category=nothing")

    expect(signed_in.get_by_text("There is no such event here")).to_be_visible()
    expect(signed_in.get_by_text("There is no category “nothing” here")).to_be_visible()


def test_a_lost_connection_is_told_and_loses_and_doubles_nothing(
    operator: Server, signed_in: Page, key: str, complaints: list[str]
) -> None:
    page = signed_in
    before = page.evaluate(IDS)[0]
    page.context.set_offline(True)
    expect(page.get_by_text("Reconnecting… what you see may be old")).to_be_visible()
    sent = [send(operator, key, f"Meanwhile {n}") for n in range(3)]

    page.context.set_offline(False)

    expect(rows(page).first).to_have_attribute("data-event", sent[-1])
    assert page.evaluate(IDS)[:4] == [*sent[::-1], before]
    assert without_gap(page)
    complaints.clear()  # the browser's own, about the connection


def test_text_of_any_kind_breaks_nothing(operator: Server, signed_in: Page, key: str) -> None:
    fields = {f"field {n}": n for n in range(97)}
    fields |= {"k" * 256: "v" * 8_000, "odd": "a\u202eb\u0007\n\n\nc", "turtles": "🐢" * 500}  # type: ignore[dict-item]
    answer = send_event(
        operator, key, category="bug", description="שלום " + "x" * 3_000, fields=fields
    )
    event_id = answer.json()["eventId"]
    signed_in.locator(f"[data-event={event_id}]").wait_for()

    for width in (360, 834, 1440):
        signed_in.set_viewport_size({"width": width, "height": 844})
        for path in ("feed", f"feed?event={event_id}", f"events/{event_id}"):
            signed_in.goto(f"{operator.url}/{path}")
            signed_in.locator(".skeleton").first.wait_for(state="detached")
            assert signed_in.evaluate("document.documentElement.scrollWidth") == width, path
