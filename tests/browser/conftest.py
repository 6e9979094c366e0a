"""One server and one Chromium for all browser tests."""

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.browser.server import Server, running_server

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
EMAIL = "ada@example.org"
PASSWORD = "the quick brown pigeon"
TIMEOUT = 20_000  # milliseconds


def chromium() -> str | None:
    """Return the path of the system's Chromium."""
    return shutil.which("chromium") or shutil.which("google-chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder; without a Chromium skip it, except in CI.

    It runs last: while Playwright's synchronous API is open, no other event loop can run.
    """
    here = Path(__file__).parent
    missing = chromium() is None and os.environ.get("CI") != "true"
    items.sort(key=lambda item: here in item.path.parents)
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if missing:
                item.add_marker(pytest.mark.skip(reason="no Chromium: apt-get install chromium"))


@pytest.fixture(scope="session")
def server(
    tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config
) -> Iterator[Server]:
    """A server that somebody has set up already."""
    cache = pytestconfig.cache
    assert cache is not None
    # Kept from run to run: installing the front end's packages takes longer than all tests.
    with running_server(cache.mkdir("browser"), tmp_path_factory.mktemp("data")) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = chromium()
    assert path, "no Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def cookies(server: Server, browser: Browser) -> list[Any]:
    """The session of the operator; who asks for it first fills in /setup."""
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    page.goto(f"{server.url}/feed")
    page.wait_for_url("**/setup")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    page.wait_for_url("**/feed")
    cookies: list[Any] = context.cookies()
    context.close()
    return cookies


@pytest.fixture(scope="session")
def operator(server: Server, cookies: list[Any]) -> Server:
    """The server, set up."""
    return server


@pytest.fixture
def complaints() -> list[str]:
    """What a page did that it should not: outside requests, console errors, exceptions."""
    return []


@pytest.fixture
def context(server: Server, browser: Browser) -> Iterator[BrowserContext]:
    """A browser nobody is signed in with."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(TIMEOUT)
    yield context
    context.close()


@pytest.fixture
def page(server: Server, context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A page that notes what it should not do; the test fails if it did."""
    page = context.new_page()
    watch(page, server, complaints)
    yield page
    assert complaints == []


def watch(page: Page, server: Server, complaints: list[str]) -> None:
    """Note what `page` should not do."""
    own = (server.url, server.url.replace("http", "ws", 1), "data:", "about:", "blob:")
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    page.on(
        "console",
        lambda line: complaints.append(line.text) if line.type in ("error", "warning") else None,
    )
    page.on(
        "request",
        lambda r: None if r.url.startswith(own) else complaints.append(f"outside: {r.url}"),
    )
    page.on("websocket", lambda s: None if s.url.startswith(own) else complaints.append(s.url))


@pytest.fixture
def signed_in(operator: Server, page: Page, cookies: list[Any]) -> Page:
    """A page of the operator, at the feed."""
    page.context.add_cookies(cookies)
    page.goto(f"{operator.url}/feed")
    page.locator(".skeleton").first.wait_for(state="detached")
    return page


def sign_in(page: Page, server: Server, password: str = PASSWORD) -> None:
    """Fill in the sign-in form."""
    page.goto(f"{server.url}/login")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(re.compile("/(feed|login[?])"))


def go(page: Page, name: str) -> None:
    """Follow the navigation to a page and wait for what it loads."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name).click()
    page.wait_for_url(f"**/{name.lower()}")
    page.locator(".skeleton").first.wait_for(state="detached")


def make_key(page: Page, name: str) -> str:
    """Make a key through the page and return it as the page shows it."""
    go(page, "Keys")
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create key").click()
    key = page.locator("#fresh-key").inner_text()
    page.get_by_role("button", name="I have copied it").click()
    page.locator("#fresh-key").wait_for(state="detached")
    return key


def sent_code(server: Server, channel: str) -> str:
    """Return the newest verification code that the sandbox got."""
    received = httpx.get(f"{server.sandbox}/received", params={"channel": channel}).json()
    codes = re.findall(r"code is (\d{6})", str(received["received"]))
    return str(codes[-1])


def send_event(server: Server, key: str, **event: object) -> httpx.Response:
    """Send an event as an integration does."""
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.post(f"{server.url}/api/v1/event", headers=headers, json=event)
