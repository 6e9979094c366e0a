"""What the browser itself says of our pages' policy, and of text that wants to be more."""

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from pingpilot_app.ui import pages
from tests.browser.conftest import TIMEOUT, send_event, watch
from tests.browser.people import Person, join, set_up
from tests.browser.server import Server
from tests.browser.visitor import LOADED, UNKNOWN

# Noted in the page before anything else runs in it.
_NOTE = """addEventListener("securitypolicyviolation", (event) => console.error(
  `policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));"""
_LIVE = """() => [
  ...[...document.querySelectorAll("[onerror], [onload], main script, main img[src=x]")]
    .map((one) => one.outerHTML.slice(0, 120)),
  ...[...document.querySelectorAll("a[href], form[action], iframe[src]")]
    .map((one) => one.href || one.action || one.src)
    .filter((to) => !to.startsWith(location.origin)),
]"""
# What turns text around must not reach beyond what holds it.
_LEAKING = """() => [...document.querySelectorAll("main *")]
  .filter((one) => [...one.childNodes].some((node) => node.nodeType === 3
    && node.data.includes("\\u202e")))
  .filter((one) => {
    let around = one;
    const spills = ({display, unicodeBidi}) =>
      display === "inline" && !/isolate|plaintext/.test(unicodeBidi);
    while (spills(getComputedStyle(around))) around = around.parentElement;
    return around.textContent !== one.textContent;
  }).map((one) => one.outerHTML.slice(0, 160))"""

NAME = '<img src=x onerror="fetch(1)"><script>document.title=1</script>{{7*7}}'  # takes no controls
EVIL = f"{NAME}${{7*7}}\u202egpj.exe"
EVENT = {
    "category": "bug",
    "description": EVIL,
    "fields": {
        EVIL[:60]: EVIL,
        "link": "javascript:fetch(1)",
        "image": "![x](https://evil.example/x.png)",
        "page": "https://evil.example/<b>",
        "constructor": "__proto__",
    },
}


@pytest.fixture(scope="module")
def mallory(operator: Server) -> tuple[Person, str]:
    """Somebody whose every text is an attack, and a key of the account."""
    person = join(operator, "mallory@example.org")
    return person, set_up(operator, person)


@pytest.fixture(scope="module")
def opened(operator: Server, browser: Browser, mallory: tuple[Person, str]) -> Iterator[Page]:
    """A page of Mallory's that notes whatever the browser refuses."""
    person, key = mallory
    context = browser.new_context(user_agent=f"Mozilla/5.0 {NAME}")
    context.set_default_timeout(TIMEOUT)
    context.add_init_script(_NOTE)
    context.add_cookies(person.cookies)
    page = context.new_page()
    page.event = send_event(operator, key, **EVENT).json()["eventId"]  # type: ignore[attr-defined]
    _rename(page, operator)
    yield page
    context.close()
    httpx.delete(f"{operator.sandbox}/received").raise_for_status()


def _rename(page: Page, server: Server) -> None:
    """Put the attack wherever the pages let people write."""
    page.goto(f"{server.url}/settings")
    page.wait_for_function(LOADED)
    page.locator("#account-name").fill(NAME)
    page.get_by_role("button", name="Save name").click()
    page.get_by_text("The account has its new name.").wait_for()
    page.goto(f"{server.url}/keys")
    page.wait_for_function(LOADED)
    page.get_by_role("button", name="New key").click()
    page.get_by_label("Name").fill(NAME[:60])
    page.get_by_role("button", name="Create key").click()
    page.locator("#fresh-key").wait_for()


def complaints_at(page: Page, server: Server, path: str, ready: str = LOADED) -> list[str]:
    """Open a page, wait until it is all there, and return what the browser refused."""
    complaints: list[str] = []
    note: Any = lambda line: complaints.append(line.text) if line.type == "error" else None  # noqa: E731
    page.on("console", note)
    page.goto(f"{server.url}{path}")
    page.wait_for_function(ready)
    page.wait_for_load_state("networkidle")
    page.remove_listener("console", note)
    return [one for one in complaints if path != UNKNOWN or "404" not in one]


@pytest.mark.parametrize("route", [page[0] for page in pages._INSIDE])
def test_hostile_text_is_text_on_every_page(operator: Server, opened: Page, route: str) -> None:
    path = route.replace("[event_id]", opened.event).replace("[name]", "bug")  # type: ignore[attr-defined]

    assert complaints_at(opened, operator, path) == []
    assert opened.evaluate(_LIVE) == []
    assert opened.evaluate(_LEAKING) == []
    assert "PingPilot" in opened.title()


@pytest.mark.parametrize(
    "path", [*[page[0] for page in pages._PUBLIC if page[0] != "/404"], UNKNOWN]
)
def test_public_pages_keep_their_policy(operator: Server, browser: Browser, path: str) -> None:
    context = browser.new_context()
    context.add_init_script(_NOTE)
    page = context.new_page()

    assert complaints_at(page, operator, path) == []
    context.close()


def test_the_description_of_the_api_keeps_its_policy(operator: Server, opened: Page) -> None:
    ready = "() => document.querySelector('.opblock')"

    assert complaints_at(opened, operator, "/docs", ready) == []


@pytest.fixture
def noting(operator: Server, context: BrowserContext, complaints: list[str]) -> Iterator[Page]:
    """A page of somebody new, which the test fails on for any complaint."""
    context.add_init_script(_NOTE)
    page = context.new_page()
    watch(page, operator, complaints)
    yield page
    assert complaints == []


def test_toasts_dialogs_palette_and_copying_need_no_eval(operator: Server, noting: Page) -> None:
    person = join(operator, "trudy@example.org")
    set_up(operator, person)
    noting.context.add_cookies(person.cookies)

    noting.goto(f"{operator.url}/keys")
    noting.get_by_role("button", name="Revoke the key Web shop").click()
    noting.get_by_role("alertdialog").or_(noting.get_by_role("dialog")).first.wait_for()
    noting.get_by_role("button", name=re.compile("^Revoke")).last.click()
    noting.get_by_text("Requests with this key get 401").wait_for()
    noting.get_by_role("alertdialog").or_(noting.get_by_role("dialog")).wait_for(state="detached")
    noting.keyboard.press("Control+k")
    noting.get_by_role("combobox", name="Search or jump").fill("overview")
    noting.keyboard.press("Enter")
    noting.wait_for_url("**/overview")
    noting.wait_for_function(LOADED)


def test_a_table_is_sorted_in_its_place_and_downloaded(operator: Server, noting: Page) -> None:
    person = join(operator, "oscar@example.org")
    key = set_up(operator, person)
    send_event(operator, key, category="bug", description="one", fields={"n": 1})
    noting.context.add_cookies(person.cookies)
    noting.goto(f"{operator.url}/categories/bug")
    noting.wait_for_function(LOADED)

    noting.locator("th button").first.click()
    noting.wait_for_url("**/categories/bug?*")
    with noting.expect_download() as download:
        noting.get_by_role("link", name="Export these events as CSV").click()

    assert download.value.suggested_filename.endswith(".csv")


def test_the_token_of_a_link_leaves_the_address(operator: Server, noting: Page) -> None:
    noting.goto(f"{operator.url}/reset?error=password#token=secret")
    noting.get_by_text("This link was used already").wait_for()

    noting.wait_for_url(f"{operator.url}/reset?error=password")
    noting.reload()
    noting.get_by_text("This link was used already").wait_for()


def test_no_answer_tells_a_version(operator: Server) -> None:
    for path in ("/login", "/api/v1/events", "/auth/login", "/docs", UNKNOWN):
        headers = httpx.get(f"{operator.url}{path}").headers
        assert not re.search(r"\d", headers.get("server", ""))
        assert "x-powered-by" not in headers


def test_another_name_is_told_the_right_one(operator: Server) -> None:
    answer = httpx.get(f"{operator.url}/setup", headers={"host": "evil.example"})

    assert (answer.status_code, operator.url in answer.text) == (421, True)
    assert httpx.get(f"{operator.url}/healthz", headers={"host": "x.example"}).status_code == 200
