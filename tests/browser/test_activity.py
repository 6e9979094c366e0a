"""Who changed what, and the mailbox's reader who lets events come there."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT, go, watch
from tests.browser.contrast import CONTRAST
from tests.browser.people import join
from tests.browser.server import Server

ADDRESS = "events@example.org"


@pytest.fixture
def page(
    operator: Server, browser: Browser, complaints: list[str], request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A page of somebody with an account of their own."""
    context: BrowserContext = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT)
    context.add_cookies(join(operator, f"{request.node.name[:30]}@example.org").cookies)
    page = context.new_page()
    watch(page, operator, complaints)
    page.goto(f"{operator.url}/feed")
    page.locator(".skeleton").first.wait_for(state="detached")
    yield page
    context.close()
    assert complaints == []


def mailed_link(server: Server) -> str:
    """Return the newest link that the sandbox got for the address."""
    received = httpx.get(f"{server.sandbox}/received", params={"channel": "email"}).json()
    return re.findall(r"http://\S+/confirm#token=[\w-]{43}", str(received["received"]))[-1]


def test_a_change_stands_there_and_a_mails_reader_confirms_an_address(
    operator: Server, browser: Browser, page: Page
) -> None:
    go(page, "Activity")
    page.goto(f"{operator.url}/channels")
    card = page.locator("#channel-email")
    card.get_by_role("button", name="Change the Email address").click()
    card.locator("input[name=address]").fill(ADDRESS)
    card.get_by_role("button", name="Send code").click()
    expect(card).to_contain_text("Sent. It works for 10 minutes.")

    stranger = browser.new_page()  # reads the mail elsewhere
    stranger.goto(mailed_link(operator))
    expect(stranger.locator("strong")).to_have_text(ADDRESS)
    assert stranger.evaluate(CONTRAST) == []
    stranger.get_by_role("button", name="Confirm this address").click()
    expect(stranger.get_by_role("status")).to_contain_text("Confirmed.")
    stranger.go_back()
    expect(stranger.get_by_role("alert")).to_contain_text("This link was used already")
    stranger.close()

    expect(card).to_contain_text("Verified")
    go(page, "Activity")
    acts = page.get_by_role("list", name="Activity").get_by_role("listitem")
    expect(acts.first).to_contain_text(f"{ADDRESS} proved the address of Email")
    expect(acts.first).to_contain_text("verified: no → yes")
    expect(acts.first).to_contain_text("127.0.0.1")
    assert page.evaluate(CONTRAST) == []


def test_the_log_is_narrowed_by_its_address_and_taken_away(operator: Server, page: Page) -> None:
    page.goto(f"{operator.url}/categories")
    for name in ("order", "refund"):
        page.get_by_role("button", name="New category").click()
        page.get_by_label("Name").fill(name)
        page.get_by_role("button", name="Create category").click()
        page.get_by_role("link", name=name).first.wait_for()
    go(page, "Activity")
    acts = page.get_by_role("list", name="Activity").get_by_role("listitem")
    page.locator("select[name=kind]").select_option("Categories")
    page.get_by_label("Done to").fill("refund")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url("**/activity?kind=categories&q=refund")
    expect(acts).to_have_count(1)
    page.reload()
    expect(acts).to_have_count(1)
    expect(page.get_by_label("Done to")).to_have_value("refund")

    with page.expect_download() as download:
        page.get_by_role("link", name="Export what is shown as CSV").click()
    lines = download.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [("refund" in line) for line in lines] == [False, True]

    page.get_by_role("link", name="Clear").click()
    page.wait_for_url("**/activity")
    expect(acts.first).to_contain_text("exported who changed what")
    assert page.evaluate(CONTRAST) == []
    page.locator("select[name=kind]").select_option("Wall links")
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_text("Nothing matches")).to_be_visible()
