"""From signing up to deleting the account."""

import json
import re
import time

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT, make_key, send_event
from tests.browser.contrast import CONTRAST
from tests.browser.server import Server

PASSWORD = "a sentence of my own"
FRESH = "another sentence of mine"


def link_to(server: Server, address: str, page: str) -> str:
    """Return the newest link to `page` that was mailed to `address`."""
    deadline = time.monotonic() + TIMEOUT / 1000
    while time.monotonic() < deadline:
        received = httpx.get(f"{server.sandbox}/received", params={"channel": "email"}).json()
        texts = [one["payload"]["text"] for one in received["received"] if one["to"] == address]
        found = re.findall(rf"http\S+{page}#\S+", "\n".join(texts))
        if found:
            return str(found[-1])
        time.sleep(0.1)  # between two looks; the condition is the mail
    raise AssertionError(f"no link to {page} was mailed to {address}")


def sign_up(page: Page, server: Server, address: str) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_role("link", name="Create an account").click()
    page.wait_for_url("**/signup")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_role("status")).to_contain_text("Look into your mail")


def sign_in(page: Page, server: Server, address: str, password: str) -> None:
    page.goto(f"{server.url}/login")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/feed")


def confirmed(page: Page, server: Server, address: str) -> Page:
    """Sign up, confirm the address by the link, and be signed in by that."""
    httpx.delete(f"{server.sandbox}/fail")  # what another test let fail would keep the mail back
    sign_up(page, server, address)
    page.goto(link_to(server, address, "/verify"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm and sign in").click()
    expect(page.get_by_role("status")).to_contain_text("Your address is confirmed")
    expect(page.get_by_role("complementary", name="Confirm your address")).to_have_count(0)
    return page


@pytest.fixture
def other(browser: Browser) -> BrowserContext:
    """A second browser."""
    context = browser.new_context(user_agent="Mozilla/5.0 (iPhone) Version/17.0 Safari/604.1")
    context.set_default_timeout(TIMEOUT)
    return context


def test_a_life_from_signing_up_to_leaving(
    operator: Server, page: Page, other: BrowserContext, complaints: list[str]
) -> None:
    address = "katherine@example.org"  # nobody else of these tests
    confirmed(page, operator, address)
    key = make_key(page, "Leaving")

    page.goto(f"{operator.url}/settings")
    section = page.locator("form[action='/auth/password']")
    section.get_by_label("Current password").fill(PASSWORD)
    section.get_by_label("New password").fill(FRESH)
    section.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("status")).to_contain_text("Your password is changed")

    phone = other.new_page()
    sign_in(phone, operator, address, FRESH)
    page.reload()
    page.get_by_role("button", name="Sign out Safari on an iPhone").click()
    phone.wait_for_url("**/login")  # by itself, within a moment

    with page.expect_download() as download:
        page.get_by_role("link", name="Download everything").click()
    everything = json.loads(download.value.path().read_text())
    assert everything["account"]["name"] == address
    assert key not in json.dumps(everything)

    leaving = page.locator("form[action='/auth/delete']")
    leaving.get_by_label("Your email, to confirm").fill(address)
    leaving.get_by_label("Current password").fill(FRESH)
    leaving.get_by_role("button", name="Delete this account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is deleted")
    assert send_event(operator, key, category="bug").status_code == 401
    other.close()


def test_a_wrong_password_is_told_at_its_field(operator: Server, signed_in: Page) -> None:
    signed_in.goto(f"{operator.url}/settings")
    section = signed_in.locator("form[action='/auth/password']")
    section.get_by_label("Current password").fill("not this one at all")
    section.get_by_label("New password").fill(FRESH)
    section.get_by_role("button", name="Change password").click()

    expect(section.get_by_role("alert")).to_contain_text("This is not your password")
    expect(section.get_by_label("Current password")).to_be_focused()


def test_a_forgotten_password_is_replaced(operator: Server, page: Page) -> None:
    confirmed(page, operator, "heidi@example.org")
    page.context.clear_cookies()
    page.goto(f"{operator.url}/login")
    page.get_by_role("link", name="Forgot your password?").click()
    page.wait_for_url("**/forgot")
    page.get_by_label("Email").fill("heidi@example.org")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("status")).to_contain_text("the mail is on its way")

    link = link_to(operator, "heidi@example.org", "/reset")
    page.goto(link)
    page.get_by_label("New password").fill(FRESH)
    page.get_by_role("button", name="Set the password").click()

    page.wait_for_url("**/feed")
    page.goto(link)
    expect(page.get_by_role("alert")).to_contain_text("This link was used already")


def test_days_and_weeks_are_kept(operator: Server, signed_in: Page) -> None:
    signed_in.goto(f"{operator.url}/settings")
    form = signed_in.locator("form", has=signed_in.get_by_label("Time zone"))
    form.get_by_label("Time zone").select_option("Europe/Berlin")
    form.get_by_label("The week begins on").select_option("Sunday")
    form.get_by_role("button", name="Save").click()
    expect(signed_in.get_by_text("Saved.")).to_be_visible()
    signed_in.reload()

    expect(form.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    expect(form.get_by_label("The week begins on")).to_have_value("6")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_settings_are_readable_and_fit_a_phone(
    operator: Server, signed_in: Page, theme: str
) -> None:
    signed_in.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    signed_in.goto(f"{operator.url}/settings")
    signed_in.get_by_role("heading", name="Delete this account").wait_for()
    assert signed_in.evaluate(CONTRAST) == []

    signed_in.set_viewport_size({"width": 360, "height": 800})
    assert signed_in.evaluate("document.documentElement.scrollWidth") == 360


@pytest.mark.parametrize("path", ["/signup", "/forgot", "/reset#token=x", "/verify#token=x"])
def test_public_forms_are_readable_and_fit_a_phone(operator: Server, page: Page, path: str) -> None:
    page.set_viewport_size({"width": 360, "height": 800})
    page.goto(f"{operator.url}{path}")
    page.locator(".skeleton").first.wait_for(state="detached")

    assert page.evaluate(CONTRAST) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
