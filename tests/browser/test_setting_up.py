"""A newcomer sets up what is needed, and changes it later."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, TIMEOUT, go, send_event, watch
from tests.browser.contrast import CONTRAST
from tests.browser.server import ROOT, Server

NEWCOMER = "grace@example.org"


@pytest.fixture(scope="module")
def newcomer(operator: Server, browser: Browser) -> Iterator[BrowserContext]:
    """A browser that is signed in to an account of its own, where nothing happened yet."""
    command = [sys.executable, "-m", "pingpilot_app", "account", "create", NEWCOMER]
    environment = os.environ | {"DATA_DIR": str(operator.data), "PUBLIC_URL": operator.url}
    subprocess.run(  # noqa: S603  # our own command
        [*command, "--password-stdin"], input=f"{PASSWORD}\n".encode(), env=environment, check=True,
        cwd=ROOT, capture_output=True,
    )  # fmt: skip
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT)
    page = context.new_page()
    page.goto(f"{operator.url}/login")
    page.get_by_label("Email").fill(NEWCOMER)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/feed")
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(operator: Server, newcomer: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """The newcomer's page, at the feed."""
    page = newcomer.new_page()
    watch(page, operator, complaints)
    page.goto(f"{operator.url}/feed")
    page.locator(".skeleton").first.wait_for(state="detached")
    yield page
    page.close()
    assert complaints == []


def refuse(server: Server, channel: str, mode: str) -> None:
    """Let the sandbox refuse the next message of a channel."""
    plan = {"channel": channel, "mode": mode, "times": 1}
    httpx.post(f"{server.sandbox}/fail", json=plan).raise_for_status()


def test_the_first_steps_tick_themselves_and_turn_into_the_feed(
    operator: Server, page: Page
) -> None:
    steps = page.locator(".start .step.done")
    page.get_by_role("button", name="Quick start").click()
    expect(steps).to_have_count(1)
    page.get_by_role("button", name="Make a key").click()
    expect(steps).to_have_count(2)
    key = page.locator("#fresh-key").inner_text()
    expect(page.locator("#start-curl")).to_contain_text(f"Bearer {key}")
    assert page.evaluate(CONTRAST) == []

    other = page.context.new_page()
    other.goto(f"{operator.url}/channels")
    for name in ("Discord", "Telegram"):
        other.get_by_role("switch", name=f"Send events by {name}").click()
        expect(other.locator(f"#channel-{name.lower()}")).to_contain_text("switched off")
    other.close()
    expect(steps).to_have_count(3)

    sent = send_event(operator, key, category="bug", description="The first").json()
    expect(page.locator(f"[data-event={sent['eventId']}]")).to_contain_text("The first")


def test_the_language_is_chosen_once(page: Page) -> None:
    go(page, "Keys")
    tabs = page.get_by_role("tablist", name="Language")
    tabs.get_by_role("tab", name="curl").click()
    page.keyboard.press("ArrowLeft")
    expect(tabs.get_by_role("tab", name="Go", exact=True)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tabpanel", name="Python")).to_contain_text("urlopen")

    page.reload()

    expect(page.get_by_role("tabpanel", name="Python")).to_contain_text("urlopen")


def test_a_key_is_replaced_and_the_old_one_works_on(operator: Server, page: Page) -> None:
    go(page, "Keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill("Shop")
    page.get_by_label("It expires").select_option("90")
    page.get_by_role("button", name="Create key").click()
    old = page.locator("#fresh-key").inner_text()
    page.get_by_role("button", name="I have copied it").click()

    page.get_by_role("button", name="Rotate the key Shop").click()
    page.get_by_role("radio", name="for 1 hour").check()
    page.get_by_role("button", name="Rotate key").click()
    expect(page.locator("#fresh-key")).not_to_have_text(old)
    new = page.locator("#fresh-key").inner_text()
    page.get_by_role("button", name="I have copied it").click()

    expect(page.locator("[data-state=replaced]")).to_contain_text("Replaced, works until")
    for key in (old, new):
        assert send_event(operator, key, category="bug").status_code == 200
    assert page.evaluate(CONTRAST) == []


def test_a_category_is_changed_in_its_place(page: Page) -> None:
    go(page, "Categories")
    page.get_by_role("button", name="Change the category sale").click()
    page.get_by_label("Name").fill("order")
    page.get_by_role("button", name="🎉").click()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("link", name="order")).to_have_attribute("href", "/categories/order")
    expect(page.locator(".list")).to_contain_text("🎉")


def test_a_closed_door_is_explained_and_a_test_says_what_came_back(
    operator: Server, page: Page
) -> None:
    go(page, "Channels")
    card = page.locator("#channel-discord")
    refuse(operator, "discord", "code:50278")
    card.get_by_label("Your Discord ID").fill("223456789012345678")
    card.get_by_role("button", name="Send code").click()
    expect(card.locator(".error")).to_contain_text("no mutual guilds (50278)")
    card.get_by_text("No message from the bot?").click()
    expect(card).to_contain_text("You share no server with the bot.")
    assert page.evaluate(CONTRAST) == []

    email = page.locator("#channel-email")
    refuse(operator, "email", "code:550")
    email.get_by_role("button", name="Send test").click()
    expect(email.locator(".trial")).to_contain_text("Not delivered, after")
    email.get_by_role("button", name="Send test").click()
    expect(email.locator(".trial")).to_contain_text("Email took the test message in")
    expect(email.locator(".health")).to_contain_text("arrived")


def test_the_link_is_a_picture_and_ticks_itself(page: Page) -> None:
    go(page, "Channels")
    card = page.locator("#channel-telegram")
    card.get_by_label("Your Telegram username").fill("@grace_hopper")
    card.get_by_role("button", name="Make the link").click()
    code = card.get_by_role("img", name="QR code")
    expect(code).to_have_attribute("src", re.compile("^data:image/svg"))
    expect(card).to_contain_text("Waiting for you to press Start")
    assert code.evaluate("image => image.complete && image.naturalWidth > 0")

    card.get_by_role("button", name="Press Start as @grace_hopper").click()

    expect(card.get_by_role("button", name="Send test")).to_be_visible()
    expect(card).to_contain_text("Linked. Your events will arrive there.")
