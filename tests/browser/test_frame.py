"""The frame around every page: palette, keys, theme, what is shipped."""

import gzip
import re

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.server import Server

EVENT = "evt_00000000000000000000000000"
WEIGHT = 350 * 1024  # bytes of a page that was never opened before, compressed

# A list that is marked up as the keyboard asks for it.
LIST = """() => {
  const list = document.createElement("div");
  list.innerHTML = `<input data-search aria-label="Search here"><ol data-keys="list">
    <li data-row><a href="#one">one</a></li>
    <li data-row><a href="#two">two</a> <a href="#more">more</a></li></ol>`;
  document.querySelector("main").prepend(list);
}"""


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Search or jump")


def open_palette(page: Page) -> None:
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search or jump")).to_be_focused()


def weight(page: Page) -> int:
    """Return what the page loaded, by gzip: over plain HTTP browsers take nothing better."""
    page.wait_for_load_state("networkidle")
    loaded = page.evaluate("performance.getEntriesByType('resource').map((r) => r.name)")
    files = {name for name in loaded if name.startswith("http") and "_event" not in name}
    return sum(len(gzip.compress(httpx.get(name).content)) for name in {*files, page.url})


def test_the_palette_jumps_to_a_category(signed_in: Page) -> None:
    open_palette(signed_in)
    signed_in.keyboard.type("sal")
    expect(palette(signed_in).get_by_role("option", name="sale")).to_have_attribute(
        "aria-selected", "true"
    )
    expect(palette(signed_in).get_by_role("option", name="Overview")).to_be_hidden()
    signed_in.keyboard.press("Enter")

    signed_in.wait_for_url("**/categories/sale")


_POINTS_AT_SELECTED = """() => {
  const selected = document.querySelector("[role=option][aria-selected=true]");
  return document.activeElement.getAttribute("aria-activedescendant") === selected?.id;
}"""


def test_the_palette_is_walked_with_the_arrows(signed_in: Page) -> None:
    open_palette(signed_in)
    signed_in.keyboard.press("ArrowDown")
    signed_in.keyboard.press("ArrowDown")
    option = palette(signed_in).get_by_role("option", name="Categories")
    expect(option).to_have_attribute("aria-selected", "true")
    expect(palette(signed_in).get_by_role("option", name="bug")).to_be_visible()  # came later
    expect(option).to_have_attribute("aria-selected", "true")
    signed_in.wait_for_function(_POINTS_AT_SELECTED)

    signed_in.keyboard.press("Enter")

    signed_in.wait_for_url("**/categories")


def test_a_pasted_event_id_is_opened(signed_in: Page) -> None:
    open_palette(signed_in)
    signed_in.keyboard.insert_text(EVENT)
    expect(palette(signed_in).get_by_role("option")).to_have_text([f"Open event {EVENT}"])
    signed_in.keyboard.press("Enter")

    signed_in.wait_for_url(f"**/events/{EVENT}")
    trail = signed_in.get_by_role("navigation", name="Breadcrumb")
    trail.get_by_role("link", name="Feed").click()
    signed_in.wait_for_url("**/feed")


def test_other_text_searches_the_events(signed_in: Page) -> None:
    open_palette(signed_in)
    signed_in.keyboard.type("carts & more")
    palette(signed_in).get_by_role("option", name="Search events for “carts & more”").click()

    signed_in.wait_for_url("**/feed?q=carts%20%26%20more")


def test_escape_closes_the_palette_and_gives_the_focus_back(signed_in: Page) -> None:
    button = signed_in.get_by_role("button", name="Search or jump")
    button.click()
    for _ in range(3):
        signed_in.keyboard.press("Tab")
    assert signed_in.evaluate("document.activeElement.closest('#palette') !== null")

    signed_in.keyboard.press("Escape")

    expect(signed_in.locator("#palette")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_palette_changes_the_theme_and_the_browsers_bar(signed_in: Page) -> None:
    open_palette(signed_in)
    signed_in.keyboard.type("dark")
    signed_in.keyboard.press("Enter")

    expect(signed_in.locator("html")).to_have_class(re.compile("dark"))
    expect(signed_in.locator("meta[name=theme-color]").first).to_have_attribute(
        "content", "rgb(14, 16, 20)"
    )
    assert signed_in.evaluate("getComputedStyle(document.body).color") == "rgb(236, 238, 243)"


def test_a_chosen_theme_is_there_from_the_first_paint(
    operator: Server, page: Page, complaints: list[str]
) -> None:
    page.add_init_script("localStorage.setItem('theme', 'dark')")
    page.route("**/*.js", lambda route: route.abort())
    page.goto(f"{operator.url}/login")  # with its style sheet, and no script at all

    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 16, 20)"
    complaints.clear()  # the browser reports each script that was held back


def test_the_keys_are_listed(signed_in: Page) -> None:
    signed_in.keyboard.press("?")
    expect(signed_in.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    signed_in.keyboard.press("Escape")

    signed_in.keyboard.press("g")
    signed_in.keyboard.press("k")

    signed_in.wait_for_url("**/keys")


def test_a_list_is_walked_with_j_and_k(signed_in: Page) -> None:
    signed_in.evaluate(LIST)
    one, two = (signed_in.get_by_role("link", name=name, exact=True) for name in ("one", "two"))

    signed_in.keyboard.press("j")
    expect(one).to_be_focused()
    signed_in.keyboard.press("j")
    signed_in.keyboard.press("j")
    expect(two).to_be_focused()
    signed_in.keyboard.press("Control+k")
    signed_in.keyboard.press("Escape")
    signed_in.keyboard.press("k")
    expect(one).to_be_focused()


def test_a_slash_searches_and_escape_leads_back_to_the_row(signed_in: Page) -> None:
    signed_in.evaluate(LIST)
    field = signed_in.get_by_role("textbox", name="Search here")
    signed_in.keyboard.press("j")

    signed_in.keyboard.press("/")
    signed_in.keyboard.type("jk/?")
    expect(field).to_have_value("jk/?")
    signed_in.keyboard.press("Escape")

    expect(signed_in.get_by_role("link", name="one", exact=True)).to_be_focused()


def test_the_menu_marks_where_one_is(operator: Server, signed_in: Page) -> None:
    pages = signed_in.get_by_role("navigation", name="Pages")
    expect(pages.get_by_role("link", name="Feed")).to_have_attribute("aria-current", "page")

    signed_in.goto(f"{operator.url}/events/{EVENT}")

    expect(pages.get_by_role("link", name="Feed")).to_have_attribute("aria-current", "true")


def test_a_wrong_address_shows_ways_on(operator: Server, page: Page, complaints: list[str]) -> None:
    with page.expect_websocket() as connected:
        page.goto(f"{operator.url}/no/such/page")
    connected.value.wait_for_event("framereceived", lambda frame: "delta" in str(frame))
    page.get_by_role("link", name="Go to the feed").click()

    page.wait_for_url("**/login?next=*")
    complaints[:] = [line for line in complaints if "404" not in line]


@pytest.mark.parametrize("path", ["/", "/login"])
def test_a_strangers_first_page_weighs_little(operator: Server, page: Page, path: str) -> None:
    page.goto(f"{operator.url}{path}")

    assert weight(page) < WEIGHT


def test_the_first_page_inside_weighs_little(signed_in: Page) -> None:
    assert weight(signed_in) < WEIGHT


def test_what_never_changes_is_asked_for_once(operator: Server) -> None:
    page = httpx.get(f"{operator.url}/login")
    script = re.findall(r'"(/assets/[^"]+\.js)"', page.text)[0]

    assert page.headers["cache-control"] == "no-cache"
    assert "immutable" in httpx.get(f"{operator.url}{script}").headers["cache-control"]
    gone = httpx.get(f"{operator.url}/assets/gone.js")
    assert "immutable" not in gone.headers["cache-control"]
