"""Takes the screenshots of this folder: every page, light and dark, phone and desktop.

From the repository's root: `python -m docs.screenshots.make`. With names of scenes it takes
those, with `all` also the errors and dialogs that are looked at after a change but not kept.
"""

import sys
import tempfile
from pathlib import Path

import httpx
from playwright.sync_api import Locator, Page, sync_playwright
from sqlalchemy import text

from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import account_of, set_plan
from pingpilot_app.storage.database import Database
from tests.browser.conftest import ARGS, EMAIL, PASSWORD, chromium, go, sent_code
from tests.browser.server import ROOT, Server, running_server

HERE = Path(__file__).parent
KEPT = [
    "landing",
    "login",
    "setup",
    "not-found",
    "feed-empty",
    "feed",
    "feed-attention",
    "event",
    "event-failed",
    "event-waiting",
    "categories",
    "categories-empty",
    "category-delete",
    "keys",
    "key-new",
    "channels-waiting",
    "channels-broken",
    "channels",
    "quota-limited",
    "sandbox",
]
WIDTHS = {"desktop": (1440, 900), "phone": (390, 844)}

SLOW_BACKUP = (
    "Nightly backup was slower than usual: 42 minutes instead of 12. The disk of db-2 reports "
    "retries, and the queue behind it grew to 18,000 before it recovered by itself."
)
EVENTS = (
    ("sale", "Order #1048 paid", {"amount": 249.9, "currency": "EUR", "items": 3, "first": False}),
    ("signup", "Grace joined from the newsletter", {"plan": "PRO", "seats": 0}),
    ("bug", "Checkout fails for carts over 100 items", {"severity": "high", "carts": 3}),
    ("question", "Can I export last year's invoices as one file?", {"customer": "Hopper Ltd"}),
    (
        "bug",
        SLOW_BACKUP,
        {
            "host": "db-2.eu-central.internal.example.org",
            "minutes": 42,
            "queue": 18_000,
            "disk": "/dev/nvme1n1",
            "recovered": True,
            "runbook": "https://wiki.example.org/runbooks/slow-backup#disk-retries",
            "shift": "night",
            "release": "2026.11.2",
        },
    ),
)


class Camera:
    """Photographs one page in both themes and at both widths."""

    def __init__(self, page: Page, wanted: list[str]) -> None:
        self._page = page
        self._wanted = wanted

    def shoot(self, scene: str, *, whole: bool = True, pages: int = 1) -> None:
        """Save the page as `scene-theme-width.png`. `whole`: all of it, not the window alone.

        `pages` makes the window so many times taller: Chromium paints no frame outside of it.
        """
        if scene not in self._wanted and self._wanted != ["all"]:
            return
        for name, (width, height) in WIDTHS.items():
            self._page.set_viewport_size({"width": width, "height": height * pages})
            for theme in ("light", "dark"):
                self._page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
                self._page.wait_for_function(
                    "theme => document.documentElement.classList.contains(theme)", arg=theme
                )
                path = HERE / f"{scene}-{theme}-{name}.png"
                self._page.screenshot(path=path, full_page=whole, animations="disabled")
        self._page.set_viewport_size({"width": 1440, "height": 900})
        self._page.emulate_media(color_scheme="light")


def fail(server: Server, channel: str, mode: str, times: int = 1) -> None:
    """Let the sandbox refuse the next messages of a channel."""
    body = {"channel": channel, "mode": mode, "times": times}
    httpx.post(f"{server.sandbox}/fail", json=body).raise_for_status()


def send(server: Server, key: str, category: str, description: str, fields: object) -> str:
    """Send an event and return its id."""
    body = {"category": category, "description": description, "fields": fields}
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{server.url}/api/v1/event", headers=headers, json=body)
    return str(answer.raise_for_status().json()["eventId"])


def entrance(page: Page, server: Server, camera: Camera) -> None:
    """Set up the instance, without the quick start so that the empty pages can be seen."""
    page.goto(f"{server.url}/setup?error=password")
    page.get_by_role("alert").wait_for()
    camera.shoot("setup-error")
    page.goto(f"{server.url}/setup")
    camera.shoot("setup")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Begin with the categories").uncheck()
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/feed")


def strangers(page: Page, server: Server, camera: Camera) -> None:
    """See what people see who are not signed in."""
    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/login")
    camera.shoot("login")
    page.goto(server.url)
    camera.shoot("landing")
    page.goto(f"{server.url}/login?error=wrong")
    page.get_by_role("alert").wait_for()
    camera.shoot("login-error")
    page.goto(f"{server.url}/no/such/page")
    camera.shoot("not-found")
    page.goto(f"{server.url}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/feed")


def categories(page: Page, camera: Camera) -> None:
    """From no category to four."""
    go(page, "Categories")
    camera.shoot("categories-empty")
    page.get_by_role("button", name="Quick start").click()
    page.get_by_role("button", name="New category").click()
    page.get_by_label("Name").fill("bug")
    page.get_by_role("button", name="Create category").click()
    page.get_by_role("alert").wait_for()
    camera.shoot("category-form-error")
    page.get_by_label("Name").fill("signup")
    page.get_by_role("button", name="🎉").click()
    page.get_by_role("button", name="Green").click()
    page.get_by_role("button", name="Create category").click()
    page.get_by_role("link", name="signup").wait_for()


def keys(page: Page, camera: Camera) -> str:
    """Make two keys, revoke one, return the other."""
    go(page, "Keys")
    camera.shoot("keys-empty")
    made = []
    for name in ("Old server", "Web shop"):
        page.get_by_role("button", name="New key").click()
        page.get_by_label("Name").fill(name)
        if name == "Old server":
            camera.shoot("key-form")
        page.get_by_role("button", name="Create key").click()
        made.append(page.locator("#fresh-key").inner_text())
        if name == "Web shop":
            camera.shoot("key-new", whole=False)
        page.get_by_role("button", name="I have copied it").click()
        page.get_by_role("button", name=f"Revoke the key {name}").wait_for()
    page.get_by_role("button", name="Revoke the key Old server").click()
    camera.shoot("key-revoke", whole=False)
    page.get_by_role("button", name="Revoke key").click()
    page.locator(".revoked").wait_for()
    page.reload()  # the toast has been seen
    return made[-1]


def channels(page: Page, server: Server, camera: Camera) -> None:
    """Set up Discord and Telegram, with a refusal on the way."""
    go(page, "Channels")
    camera.shoot("channels-empty")
    discord, telegram = page.locator("#channel-discord"), page.locator("#channel-telegram")
    telegram.get_by_label("Your Telegram username").fill("ada_lovelace")
    telegram.get_by_role("button", name="Make the link").click()
    fail(server, "discord", "code:50278")
    _discord_id(discord)
    discord.locator(".error").wait_for()
    camera.shoot("channels-error")
    discord.get_by_role("button", name="Change").click()
    page.wait_for_timeout(21_000)  # the pause between two codes
    _discord_id(discord)
    discord.locator(".good").wait_for()
    camera.shoot("channels-waiting")
    discord.get_by_label("Code").fill(sent_code(server, "discord"))
    discord.get_by_role("button", name="Verify").click()
    telegram.get_by_role("button", name="Press Start").click()
    telegram.get_by_role("button", name="Send test").click()
    telegram.get_by_text("took the test message").wait_for()
    camera.shoot("channels")


def _discord_id(card: Locator) -> None:
    card.get_by_label("Your Discord ID").fill("123456789012345678")
    card.get_by_role("button", name="Send code").click()


def events(page: Page, server: Server, camera: Camera, key: str) -> None:
    """Send events, one of which Telegram refuses, and one of which waits for Discord."""
    go(page, "Feed")
    for category, description, fields in EVENTS:
        send(server, key, category, description, fields)
    page.locator(".event[data-status=DELIVERED]").nth(len(EVENTS) - 1).wait_for()
    fail(server, "telegram", "code:bot was blocked")
    failed = send(server, key, "sale", "Refund for order #1031", {"amount": -80})
    page.locator(f"[data-event={failed}][data-status=FAILED]").wait_for()
    one_event(page, server, failed)
    camera.shoot("event-failed")
    mend_telegram(page, camera)
    fail(server, "discord", "server_error", 4)
    waiting = send(server, key, "signup", "Alan joined", {"plan": "FREE", "seats": 1})
    go(page, "Feed")
    page.locator(f"[data-event={waiting}] summary").wait_for()
    camera.shoot("feed")
    page.locator(f"[data-event={failed}] summary").click()
    camera.shoot("feed-words")
    one_event(page, server, waiting)
    camera.shoot("event-waiting")
    one_event(page, server, failed)
    page.get_by_role("button", name="Replay all that failed").click()
    page.locator(".event-page[data-status=DELIVERED]").wait_for()
    page.reload()  # the toast has been seen
    page.locator(".event-page[data-status=DELIVERED]").wait_for()
    camera.shoot("event")
    discord_works_again(page, server, waiting)
    page.goto(f"{server.url}/events/evt_{'0' * 26}")
    page.get_by_text("There is no such event here").wait_for()
    camera.shoot("event-missing")


def one_event(page: Page, server: Server, event_id: str) -> None:
    """Open an event's page."""
    page.goto(f"{server.url}/events/{event_id}")
    page.locator(".attempts").first.wait_for()


def mend_telegram(page: Page, camera: Camera) -> None:
    """See under Channels that the bot is blocked, and send a test."""
    page.get_by_role("link", name="Mend it under Channels").click()
    telegram = page.locator("#channel-telegram")
    page.locator("#channel-telegram[data-state=broken]").wait_for()
    page.locator("#failures").get_by_role("button", name="Replay").wait_for()
    camera.shoot("channels-broken")
    telegram.get_by_role("button", name="Send test").click()
    page.locator("#channel-telegram[data-state=ready]").wait_for()


def discord_works_again(page: Page, server: Server, waiting: str) -> None:
    """Let the event that waits arrive."""
    httpx.delete(f"{server.sandbox}/fail").raise_for_status()
    one_event(page, server, waiting)
    page.get_by_role("button", name="Retry now by Discord").click()
    page.locator(".event-page[data-status=DELIVERED]").wait_for()


def the_rest(page: Page, server: Server, camera: Camera, key: str) -> None:
    """Pages that need events, or no preparation."""
    page.goto(f"{server.url}/feed?category=question")
    page.locator(".event").wait_for()
    page.get_by_label("Status").select_option("FAILED")
    page.get_by_text("Nothing matches").wait_for()
    camera.shoot("feed-nothing")
    go(page, "Categories")
    camera.shoot("categories")
    page.get_by_role("button", name="Delete the category sale").click()
    camera.shoot("category-delete", whole=False)
    page.get_by_role("button", name="Cancel").click()
    for name in ("Keys", "Quota"):
        go(page, name)
        camera.shoot(name.lower())
    httpx.delete(f"{server.sandbox}/received").raise_for_status()
    for category, description, fields in EVENTS[:2]:
        send(server, key, category, description, fields)
    go(page, "Sandbox")
    page.frame_locator(".mail-html").get_by_text("Grace joined").wait_for()
    camera.shoot("sandbox", pages=3)
    page.get_by_role("button", name="Plain text").click()
    page.locator(".mail-plain").wait_for()
    camera.shoot("sandbox-plain")
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Open the menu").click()
    page.get_by_role("dialog").wait_for()
    page.screenshot(path=HERE / "menu-light-phone.png", animations="disabled")
    page.keyboard.press("Escape")
    page.set_viewport_size({"width": 1440, "height": 900})


def trouble(page: Page, camera: Camera, data: Path) -> None:
    """A plan that is nearly used up, and a channel that lets events be refused."""
    database = Database(f"sqlite:///{data / 'pingpilot.db'}")
    with database.transaction() as connection:
        account_id = account_of(connection, EMAIL)
        set_plan(connection, account_id, Plan.FREE)
        connection.execute(text("UPDATE quota_usage SET used = 87"))
    database.close()
    go(page, "Quota")
    page.get_by_role("progressbar").first.wait_for()
    camera.shoot("quota-limited")
    go(page, "Channels")
    page.get_by_role("button", name="Change the Discord address").click()
    _discord_id(page.locator("#channel-discord"))
    page.locator("#channel-discord").get_by_label("Code").wait_for()
    go(page, "Feed")
    page.locator(".attention").wait_for()
    camera.shoot("feed-attention")


def walk(page: Page, server: Server, camera: Camera, data: Path) -> None:
    """Use the product from the first page on."""
    entrance(page, server, camera)
    strangers(page, server, camera)
    page.get_by_text("Four steps").wait_for()
    camera.shoot("feed-empty")
    categories(page, camera)
    key = keys(page, camera)
    channels(page, server, camera)
    events(page, server, camera, key)
    the_rest(page, server, camera, key)
    trouble(page, camera, data)


def main(wanted: list[str]) -> None:
    """Take the screenshots that are wanted."""
    copy = ROOT / ".pytest_cache" / "d" / "browser"
    with (
        tempfile.TemporaryDirectory() as data,
        running_server(copy, Path(data)) as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        walk(page, server, Camera(page, wanted), Path(data))
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:] or KEPT)
