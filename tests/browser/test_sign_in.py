"""Signing in and out."""

import re

import httpx
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import PASSWORD, sign_in
from tests.browser.server import Server


def test_scripts_cannot_read_the_session(signed_in: Page) -> None:
    assert signed_in.evaluate("document.cookie") == ""


def test_a_reload_keeps_the_session(signed_in: Page) -> None:
    signed_in.reload()

    expect(signed_in.get_by_text("ada@example.org").first).to_be_visible()


def test_a_wrong_password_is_told_kindly(operator: Server, page: Page) -> None:
    sign_in(page, operator, "not the right pigeon")

    expect(page.get_by_role("alert")).to_contain_text("Email or password is not right.")


def test_signing_out_ends_every_tab(operator: Server, page: Page) -> None:
    sign_in(page, operator)
    other = page.context.new_page()
    other.goto(f"{operator.url}/keys")
    expect(other.get_by_role("heading", name="Keys", exact=True)).to_be_visible()
    other.locator(".skeleton").first.wait_for(state="detached")

    page.get_by_role("button", name="Sign out").first.click()

    page.wait_for_url("**/login")
    other.wait_for_url("**/login")


def test_signing_in_leads_to_the_page_that_was_wanted(operator: Server, page: Page) -> None:
    page.goto(f"{operator.url}/channels")
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    expect(page.locator("[name=next]")).to_have_value("/channels")
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/channels")


def test_who_signs_in_before_the_page_is_ready_gets_there_too(operator: Server, page: Page) -> None:
    page.route_web_socket(re.compile("/_event"), lambda _: None)  # the page hears nothing
    page.goto(f"{operator.url}/login?next=/channels")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url("**/channels")


def test_another_name_of_this_machine_works_too(operator: Server, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(operator.url.replace("localhost", "127.0.0.1") + "/login")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    expect(page.get_by_text("ada@example.org").first).to_be_visible()  # came by the websocket


def test_a_websocket_of_another_site_is_refused(operator: Server) -> None:
    path = "/_event/?EIO=4&transport=websocket"
    headers = {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    def status(origin: str) -> int:
        with httpx.stream("GET", operator.url + path, headers=headers | {"origin": origin}) as got:
            return got.status_code

    assert status(operator.url) == 101
    assert status("https://evil.example") in (400, 403)
