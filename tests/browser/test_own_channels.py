"""Somebody links channels of their own and gets what they ticked, and nothing else."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import TIMEOUT, send_event, watch
from tests.browser.contrast import CONTRAST
from tests.browser.people import join, set_up
from tests.browser.server import Server

EMAIL = "ivy@example.org"


@pytest.fixture(scope="module")
def key(operator: Server, browser: Browser) -> Iterator[tuple[str, Page]]:
    """A key of Ivy's account, and her page."""
    ivy = join(operator, EMAIL)
    key = set_up(operator, ivy)
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT)
    context.add_cookies(ivy.cookies)
    yield key, context.new_page()
    context.close()


def messages(server: Server, channel: str, to: str) -> int:
    """Return how many messages the sandbox took for an address."""
    found = httpx.get(f"{server.sandbox}/received", params={"channel": channel}).json()
    return sum(one["to"] == to for one in found["received"])


def test_ones_own_email_and_telegram_get_what_is_ticked(
    operator: Server, key: tuple[str, Page], complaints: list[str]
) -> None:
    secret, page = key
    watch(page, operator, complaints)
    page.goto(f"{operator.url}/channels")
    page.get_by_role("link", name="For you").click()
    expect(page.locator(".own-summary")).to_contain_text("You get no copies now")

    page.get_by_role("switch", name="Send me copies by Email").click()
    telegram = page.locator("#own-channel-telegram")
    telegram.get_by_label("Your Telegram username").fill("@ivy_grows")
    telegram.get_by_role("button", name="Make the link").click()
    telegram.get_by_role("button", name="Press Start as @ivy_grows").click()
    expect(telegram).to_contain_text("Linked. Your copies will arrive there.")
    page.get_by_role("switch", name="Send me copies by Telegram").click()

    categories = page.get_by_role("group", name="Categories")
    expect(categories.get_by_label("sale")).to_be_hidden()
    categories.get_by_label("Only those that are ticked").check()
    for name in ("bug", "question"):
        categories.get_by_label(name).uncheck()
    assert page.evaluate(CONTRAST) == []
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".own-summary")).to_contain_text(
        "You get copies by Telegram and Email of sale."
    )
    expect(categories.get_by_label("bug")).not_to_be_checked()

    bug = send_event(operator, secret, category="bug", description="For the account").json()
    sale = send_event(operator, secret, category="sale", description="For Ivy too").json()
    page.goto(f"{operator.url}/events/{sale['eventId']}")
    copies = page.locator(".copies")
    expect(copies.locator("[data-status=DELIVERED]")).to_have_count(2)
    expect(copies).to_contain_text("ivy_grows")
    expect(copies).to_contain_text("You")
    page.goto(f"{operator.url}/events/{bug['eventId']}")
    expect(page.locator(".event-page")).to_have_attribute("data-status", "DELIVERED")
    expect(copies).to_have_count(0)
    # Ivy's account mails her each event as well.
    assert messages(operator, "email", EMAIL) == 3
    assert complaints == []
