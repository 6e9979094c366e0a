"""Nothing of somebody who is signed out can be read: not on the screen, not by the back button."""

import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import ARGS, TIMEOUT, chromium, go, send_event, watch
from tests.browser.people import Person, join, set_up
from tests.browser.server import Server

SECRET = "only-for-hedy"

_numbers = count()


@pytest.fixture
def hedy(operator: Server) -> Person:
    """Somebody who has received something."""
    person = join(operator, f"hedy-{next(_numbers)}@example.org")
    key = set_up(operator, person)
    assert send_event(operator, key, category="bug", description=SECRET).status_code == 200
    return person


@pytest.fixture
def keeper(browser: Browser, tmp_path: Path) -> Iterator[BrowserContext]:
    """A browser that keeps whole pages for the back button, as people's browsers do."""
    kept = browser.browser_type.launch_persistent_context(
        tmp_path / "profile",
        executable_path=chromium(),
        args=ARGS,
        ignore_default_args=["--disable-back-forward-cache"],
    )
    kept.set_default_timeout(TIMEOUT)
    yield kept
    kept.close()


def note_what_is_shown(context: BrowserContext) -> None:
    """Have every page note whether it ever showed the secret."""
    context.add_init_script(
        f"""
        window.leaks = [];
        const look = () => {{
          if (!document.body || document.documentElement.hidden) return;
          if (document.body.innerText.includes("{SECRET}")) leaks.push(location.pathname);
        }};
        new MutationObserver(look).observe(document, {{ childList: true, subtree: true }});
        addEventListener("pageshow", (event) => {{
          if (event.persisted) {{ window.leaks = []; requestAnimationFrame(look); }}
        }});
        """
    )


def leaks(page: Page) -> Any:
    """Return where the secret was shown since the page was loaded, or came back."""
    return page.evaluate("window.leaks")


def opened(context: BrowserContext, server: Server, person: Person) -> Page:
    """Open the feed, and leave it for another page of the dashboard."""
    context.add_cookies(person.cookies)
    page = context.new_page()
    page.goto(f"{server.url}/feed")
    expect(page.get_by_text(SECRET).first).to_be_visible()
    return page


def test_after_signing_out_the_back_button_shows_nothing(
    operator: Server, hedy: Person, keeper: BrowserContext, complaints: list[str]
) -> None:
    note_what_is_shown(keeper)
    page = opened(keeper, operator, hedy)
    watch(page, operator, complaints)
    go(page, "Keys")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login")
    for _ in range(2):  # to where Keys was, and the feed
        page.go_back()
        page.wait_for_url("**/login**")
        expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
        expect(page.get_by_text(SECRET)).to_have_count(0)
        assert leaks(page) == []
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert SECRET not in stored
    assert complaints == []


def test_a_page_that_the_browser_kept_whole_is_covered_and_loaded_anew(
    operator: Server, hedy: Person, keeper: BrowserContext
) -> None:
    """The session ends while the tab is elsewhere, so that no answer tells the browser."""
    note_what_is_shown(keeper)
    page = opened(keeper, operator, hedy)
    page.goto("about:blank")
    keeper.clear_cookies()
    page.go_back()
    page.wait_for_url(re.compile("/login"))
    assert leaks(page) == []


def test_another_tab_leaves_and_keeps_nothing_in_memory(
    operator: Server, hedy: Person, keeper: BrowserContext, complaints: list[str]
) -> None:
    note_what_is_shown(keeper)
    other = opened(keeper, operator, hedy)
    watch(other, operator, complaints)
    go(other, "Keys")
    page = keeper.new_page()
    page.goto(f"{operator.url}/feed")
    page.get_by_role("button", name="Sign out").click()
    other.wait_for_url("**/login", timeout=5_000)
    other.go_back()
    other.wait_for_url("**/login**")
    expect(other.get_by_text(SECRET)).to_have_count(0)
    assert leaks(other) == []
    assert complaints == []


def test_an_operator_signs_somebody_out_everywhere(
    operator: Server, hedy: Person, browser: Browser, signed_in: Page
) -> None:
    hers = browser.new_context()
    hers.set_default_timeout(TIMEOUT)
    open_tab = opened(hers, operator, hedy)
    go(signed_in, "Operator")
    signed_in.get_by_role("button", name=f"Sign {hedy.email} out everywhere").click()
    dialog = signed_in.get_by_role("alertdialog")
    expect(dialog).to_contain_text(f"{hedy.email} will have to sign in again in every browser.")
    dialog.get_by_role("button", name="Sign out everywhere").click()
    open_tab.wait_for_url("**/login", timeout=2_000)
    expect(signed_in.get_by_text(f"{hedy.email} is signed out everywhere.")).to_be_visible()
    hers.close()
