"""What failed: seen, explained, mended and sent again. Runs after the first minutes."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import go, make_key, send_event
from tests.browser.contrast import CONTRAST
from tests.browser.server import Server
from tests.browser.test_first_minutes import set_up_discord, set_up_telegram

WORDS = "Cannot send messages to this user"  # Discord's, of its code 50007


@pytest.fixture
def key(operator: Server, signed_in: Page) -> Iterator[str]:
    """A key of an account whose channels are all set up."""
    go(signed_in, "Channels")
    signed_in.locator("#channel-discord").wait_for()
    if signed_in.locator("#channel-discord").get_by_label("Your Discord ID").is_visible():
        set_up_discord(signed_in, operator)
        set_up_telegram(signed_in)
    yield make_key(signed_in, "Replay")
    httpx.delete(f"{operator.sandbox}/fail").raise_for_status()


def send(server: Server, key: str, description: str = "Checkout fails") -> str:
    """Send an event and return its id."""
    return str(send_event(server, key, category="bug", description=description).json()["eventId"])


def refuse(server: Server, key: str, count: int = 1) -> list[str]:
    """Let Discord refuse an event for good and return the ids: with it all others fail too."""
    plan = {"channel": "discord", "mode": "code:50007", "times": 1}
    httpx.post(f"{server.sandbox}/fail", json=plan).raise_for_status()
    return [send(server, key) for _ in range(count)]


def open_event(page: Page, server: Server, event_id: str, discord: str) -> Locator:
    """Open an event's page, wait until Discord stands there, and return Discord's part."""
    page.goto(f"{server.url}/events/{event_id}")
    part = page.locator(f"[data-channel=discord][data-status={discord}]")
    part.wait_for()
    return part


def test_a_refusal_is_explained_a_test_mends_it_and_a_replay_delivers(
    operator: Server, signed_in: Page, key: str
) -> None:
    (event_id,) = refuse(operator, key)

    part = open_event(signed_in, operator, event_id, "FAILED")
    expect(part).to_contain_text("Refused for good at the first try.")
    expect(part).to_contain_text("Discord does not let the bot write to you.")
    expect(part.get_by_role("listitem")).to_contain_text(WORDS)
    expect(part.get_by_role("listitem")).to_contain_text("50007")

    part.get_by_role("link", name="Mend it under Channels").click()
    card = signed_in.locator("#channel-discord")
    expect(card).to_contain_text("Not working")
    expect(card).to_contain_text(WORDS)
    card.get_by_role("button", name="Send test").click()
    expect(card).to_contain_text("Ready")
    expect(card).not_to_contain_text(WORDS)

    part = open_event(signed_in, operator, event_id, "FAILED")
    part.get_by_role("button", name="Replay by Discord").click()
    arrived = signed_in.locator("[data-channel=discord][data-status=DELIVERED]")
    expect(arrived).to_contain_text("Sent again")
    expect(signed_in.locator(".event-page")).to_have_attribute("data-status", "DELIVERED")


def test_what_failed_is_counted_first_and_then_replayed(
    operator: Server, signed_in: Page, key: str
) -> None:
    ids = refuse(operator, key, count=3)
    for event_id in ids:
        open_event(signed_in, operator, event_id, "FAILED")

    signed_in.goto(f"{operator.url}/channels")
    panel = signed_in.locator("#failures")
    panel.get_by_label("Failed in").select_option("hour")
    panel.get_by_label("Channel").select_option("discord")
    expect(panel).to_contain_text("3 deliveries of 3 events failed in the last hour.")
    panel.get_by_role("button", name="Replay 3").click()

    expect(panel).to_contain_text("3 deliveries were started again.")
    expect(panel).to_contain_text("No failed deliveries in the last hour.")
    for event_id in ids:
        open_event(signed_in, operator, event_id, "DELIVERED")


def test_nothing_arrives_a_second_time_without_being_asked(
    operator: Server, signed_in: Page, key: str
) -> None:
    part = open_event(signed_in, operator, send(operator, key), "DELIVERED")
    dialog = signed_in.get_by_role("alertdialog")

    part.get_by_role("button", name="Send again by Discord").click()
    expect(dialog).to_contain_text("It will arrive a second time.")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    expect(part.get_by_role("listitem")).to_have_count(1)

    part.get_by_role("button", name="Send again by Discord").click()
    dialog.get_by_role("button", name="Send again").click()
    expect(part.get_by_role("listitem")).to_have_count(2)
    expect(part).to_contain_text("Sent again")


def test_the_arrow_keys_lead_through_the_looks(operator: Server, signed_in: Page, key: str) -> None:
    open_event(signed_in, operator, send(operator, key, "A *star* שלום 🐢"), "DELIVERED")
    looks = signed_in.locator(".looks")
    expect(looks.get_by_role("region")).to_contain_text("A *star* שלום 🐢")

    looks.get_by_role("tab", name="Discord").focus()
    signed_in.keyboard.press("ArrowRight")
    expect(looks.get_by_role("region", name="Telegram")).to_contain_text("A *star* שלום 🐢")
    signed_in.keyboard.press("ArrowRight")
    expect(looks.frame_locator("iframe").locator("body")).to_contain_text("A *star* שלום 🐢")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_failed_event_and_its_channel_are_readable_on_a_phone(
    operator: Server, signed_in: Page, key: str, theme: str
) -> None:
    (event_id,) = refuse(operator, key)
    signed_in.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": 360, "height": 800})

    part = open_event(signed_in, operator, event_id, "FAILED")
    assert signed_in.evaluate(CONTRAST) == []
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 360
    part.get_by_role("link", name="Mend it under Channels").click()
    signed_in.locator("#channel-discord[data-state=broken]").wait_for()
    assert signed_in.evaluate(CONTRAST) == []
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 360

    signed_in.locator("#channel-discord").get_by_role("button", name="Send test").click()
    signed_in.locator("#channel-discord[data-state=ready]").wait_for()
    signed_in.locator("#failures").get_by_role("button", name="Replay 1").click()
    expect(signed_in.locator("#failures")).to_contain_text("1 delivery were started again.")
