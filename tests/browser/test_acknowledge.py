"""The buttons of messages, pressed where the sandbox shows them; and the link of a mail."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import send_event
from tests.browser.people import Person, join, set_up
from tests.browser.server import Server


@pytest.fixture(scope="module")
def sender(operator: Server) -> tuple[Person, str]:
    """Somebody with all three channels, and a key of theirs."""
    person = join(operator, "helga@example.org")
    return person, set_up(operator, person)


def in_sandbox(page: Page, server: Server, key: str) -> tuple[Locator, Locator, str]:
    """Send an event and return its Discord and Telegram messages as the sandbox shows them."""
    words = f"Disk {uuid4().hex[:8]} is full"
    assert send_event(server, key, category="bug", description=words).status_code == 200
    page.goto(f"{server.url}/sandbox")
    found = [page.locator(f"#inbox-{one} article").filter(has_text=words) for one in _WHERE]
    return found[0], found[1], words


_WHERE = ("discord", "telegram")


@pytest.mark.parametrize("pressed", [0, 1], ids=_WHERE)
def test_a_press_edits_both_messages_while_one_looks(
    signed_in: Page, operator: Server, sender: tuple[Person, str], pressed: int
) -> None:
    *messages, _ = in_sandbox(signed_in, operator, sender[1])
    messages[pressed].get_by_role("button", name="I'm on it").click()

    for message in messages:
        expect(message).to_contain_text("is on it")
        expect(message).to_contain_text("edited")
        expect(message.get_by_role("button")).to_have_count(0)


def test_the_link_of_a_mail_claims_by_a_second_click(
    signed_in: Page, operator: Server, sender: tuple[Person, str]
) -> None:
    discord, _, words = in_sandbox(signed_in, operator, sender[1])
    mail = signed_in.locator("#inbox-email .mail").first
    with signed_in.expect_popup() as opened:
        mail.get_by_role("link", name="I'm on it").click()
    page = opened.value
    expect(page.get_by_role("heading", name="Are you on it?")).to_be_visible()
    expect(page.locator("main")).to_contain_text(words)
    expect(discord.get_by_role("button", name="I'm on it")).to_be_visible()
    page.get_by_role("button", name="I'm on it").click()

    expect(page.locator("main")).to_contain_text("You are on it")
    expect(discord).to_contain_text(re.compile("👤 .+ is on it"))
    page.goto(page.url)
    expect(page.get_by_role("heading", name="Somebody is on it")).to_be_visible()
