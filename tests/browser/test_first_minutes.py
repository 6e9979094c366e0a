"""From a fresh instance to the first event, as a person would do it."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, make_key, send_event, sent_code
from tests.browser.people import join
from tests.browser.server import Server


def set_up_discord(page: Page, server: Server) -> None:
    card = page.locator("#channel-discord")
    card.get_by_label("Your Discord ID").fill("123456789012345678")
    card.get_by_role("button", name="Send code").click()
    field = card.get_by_label("Code")
    field.wait_for()
    field.fill(sent_code(server, "discord"))
    card.get_by_role("button", name="Verify").click()
    expect(card).to_contain_text("Ready")


def set_up_telegram(page: Page) -> None:
    card = page.locator("#channel-telegram")
    card.get_by_label("Your Telegram username").fill("@ada_lovelace")
    card.get_by_role("button", name="Make the link").click()
    expect(card).to_contain_text("https://t.me/pingpilot_sandbox_bot?start=")
    card.get_by_role("button", name="Press Start as @ada_lovelace").click()
    expect(card).to_contain_text("Ready")  # by itself: nothing was loaded again


@pytest.fixture
def newcomer(operator: Server, page: Page) -> Page:
    """A page of somebody whose account is fresh, at the feed."""
    page.context.add_cookies(join(operator, "first-minutes@example.org").cookies)
    page.goto(f"{operator.url}/feed")
    return page


def test_the_first_event_arrives_on_all_three_channels(operator: Server, newcomer: Page) -> None:
    page = newcomer
    expect(page.get_by_text("Four steps to your first event")).to_be_visible()

    go(page, "Categories")
    page.get_by_role("button", name="New category").click()
    page.get_by_label("Name").fill("Signup")
    page.get_by_role("button", name="🎉").click()
    page.get_by_role("button", name="Create category").click()
    expect(page.locator(".list")).to_contain_text("signup")

    key = make_key(page, "Web shop")
    assert re.fullmatch(r"pk_[0-9A-Za-z]{38}", key)

    go(page, "Channels")
    set_up_discord(page, operator)
    set_up_telegram(page)
    page.locator("#channel-email").get_by_role("button", name="Send test").click()
    expect(page.locator("#channel-email")).to_contain_text("took the test message")

    go(page, "Feed")
    answer = send_event(operator, key, category="signup", description="Ada", fields={"seats": 0})
    assert answer.json()["message"] == "Event processed successfully"

    row = page.locator(f"[data-event={answer.json()['eventId']}]")
    for channel in ("Discord", "Telegram", "Email"):
        expect(row.locator(".status", has_text=channel)).to_contain_text("DELIVERED")
    expect(row).to_contain_text("seats")
    expect(row.get_by_role("definition")).to_have_text("0")

    go(page, "Sandbox")
    for inbox in ("#inbox-discord", "#inbox-telegram"):
        expect(page.locator(inbox)).to_contain_text("Ada")
    mail = page.frame_locator(".mail-html").locator("body")
    expect(mail).to_contain_text("Ada")


def test_a_second_setup_is_not_offered(operator: Server, page: Page) -> None:
    page.goto(f"{operator.url}/setup")

    page.wait_for_url("**/login")
