"""The overview and the page of a category."""

from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, make_key, send_event
from tests.browser.contrast import CONTRAST
from tests.browser.server import Server
from tests.browser.test_first_minutes import set_up_discord, set_up_telegram

NUMBERS = count(1)


@pytest.fixture
def key(operator: Server, signed_in: Page) -> str:
    """A key of an account whose channels are all set up."""
    go(signed_in, "Channels")
    signed_in.locator("#channel-discord").wait_for()
    if signed_in.locator("#channel-discord").get_by_label("Your Discord ID").is_visible():
        set_up_discord(signed_in, operator)
        set_up_telegram(signed_in)
    return make_key(signed_in, "Figures")


@pytest.fixture
def category(signed_in: Page) -> str:
    """A category in which nothing has happened."""
    name = f"figures-{next(NUMBERS)}"
    go(signed_in, "Categories")
    signed_in.get_by_role("button", name="New category").click()
    signed_in.get_by_label("Name").fill(name)
    signed_in.get_by_role("button", name="Create category").click()
    signed_in.locator(".list").get_by_text(name, exact=True).wait_for()
    return name


def send(server: Server, key: str, category: str, *fields: dict[str, object]) -> None:
    for one in fields:
        sent = send_event(server, key, category=category, description="Sold", fields=one)
        assert sent.status_code == 200


def column(page: Page, number: int) -> list[str]:
    return page.locator(f".events-table tbody tr > :nth-child({number})").all_inner_texts()


def test_a_first_event_turns_into_figures_and_a_table(
    operator: Server, signed_in: Page, key: str, category: str
) -> None:
    page = signed_in
    page.goto(f"{operator.url}/categories/{category}")
    expect(page.get_by_text("Listening for your first event…")).to_be_visible()
    expect(page.locator(".snippet")).to_contain_text(f'"category": "{category}"')

    send(operator, key, category, {"n": 0.1}, {"n": 0.2, 'o"d.d$': False}, {"n": 10})

    expect(page.locator("tbody [data-row]")).to_have_count(3)
    expect(page.locator(".field-card").get_by_text("10.3", exact=True)).to_be_visible()
    expect(page.locator(".chart .recharts-surface").first).to_be_visible()
    assert column(page, 5) == ["", "false", ""]

    page.get_by_role("columnheader", name="n", exact=True).get_by_role("button").click()
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("n")
    assert column(page, 4) == ["0.1", "0.2", "10"]
    page.get_by_role("columnheader", name="n", exact=True).get_by_role("button").click()
    expect(page.locator("th[aria-sort=descending]")).to_contain_text("n")
    assert column(page, 4) == ["10", "0.2", "0.1"]

    page.get_by_role("searchbox").press_sequentially("false")
    expect(page.locator("tbody [data-row]")).to_have_count(1)
    expect(page.get_by_role("searchbox")).to_be_focused()
    with page.expect_download() as download:
        page.get_by_role("link", name="Export these events as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == 'id,time,status,description,n,"o""d.d$"'
    assert [line.rpartition("Sold")[2] for line in lines[1:]] == [",0.2,false"]

    page.get_by_role("link", name="This month", exact=True).click()
    page.wait_for_url("**period=month**")
    page.go_back()
    today = page.get_by_role("link", name="Today", exact=True)
    expect(today).to_have_attribute("aria-current", "true")
    expect(page.get_by_role("searchbox")).to_have_value("false")


def test_a_category_that_is_not_there_says_so(operator: Server, signed_in: Page) -> None:
    signed_in.goto(f"{operator.url}/categories/no-such-category")

    expect(signed_in.get_by_text("There is no such category here")).to_be_visible()
    signed_in.get_by_role("link", name="Go to the categories").click()
    signed_in.wait_for_url("**/categories")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_are_readable_on_a_phone(
    operator: Server, signed_in: Page, key: str, category: str, theme: str
) -> None:
    many = {f"a rather long name of a number {number}": number / 7 for number in range(14)}
    send(operator, key, category, many)
    signed_in.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 360, "height": 800})

    for path in ("/overview", f"/categories/{category}"):
        signed_in.goto(f"{operator.url}{path}")
        signed_in.locator(".chart .recharts-surface").first.wait_for()
        signed_in.locator(".skeleton").first.wait_for(state="detached")
        assert signed_in.evaluate(CONTRAST) == []
        assert signed_in.evaluate("document.documentElement.scrollWidth") == 360

    expect(signed_in.locator(".field-card")).to_have_count(14)
    signed_in.get_by_text("Show all 14").click()
    expect(signed_in.locator(".field-card").last).to_be_visible()


def test_the_overview_leads_to_a_category(
    operator: Server, signed_in: Page, key: str, category: str
) -> None:
    signed_in.goto(f"{operator.url}/overview?period=week")
    card = signed_in.locator(".category-card", has_text=category)
    expect(card).to_contain_text("never")

    send(operator, key, category, {"n": 1})

    expect(card).not_to_contain_text("never")
    expect(
        signed_in.get_by_role("table", name="Events over time").get_by_role("row")
    ).to_have_count(8)
    card.click()
    signed_in.wait_for_url(f"**/categories/{category}")
    expect(signed_in.locator("tbody [data-row]")).to_have_count(1)


def test_pages_without_charts_load_no_charts(operator: Server, signed_in: Page) -> None:
    scripts: list[str] = []
    signed_in.on("response", lambda r: scripts.append(r.text()) if r.url.endswith(".js") else None)

    signed_in.reload()
    signed_in.locator(".skeleton").first.wait_for(state="detached")

    assert scripts
    assert not [script for script in scripts if "recharts" in script]
