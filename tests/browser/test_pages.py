"""What every page keeps, and what pages do before something is gone."""

import httpx
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, make_key, send_event
from tests.browser.server import Server


def test_a_page_leaves_no_cookie_to_scripts(signed_in: Page) -> None:
    assert signed_in.evaluate("document.cookie") == ""


def test_the_phone_menu_leads_around(operator: Server, signed_in: Page) -> None:
    signed_in.set_viewport_size({"width": 390, "height": 800})
    signed_in.get_by_role("button", name="Open the menu").click()
    signed_in.get_by_role("dialog").get_by_role("link", name="Quota").click()

    signed_in.wait_for_url("**/quota")


def test_deleting_a_category_asks_first(signed_in: Page) -> None:
    go(signed_in, "Categories")
    signed_in.get_by_role("button", name="Delete the category question").click()
    dialog = signed_in.get_by_role("alertdialog")
    expect(dialog).to_contain_text("Delete the category question?")
    dialog.get_by_role("button", name="Cancel").click()
    expect(signed_in.locator(".list")).to_contain_text("question")

    signed_in.get_by_role("button", name="Delete the category question").click()
    dialog.get_by_role("button", name="Delete category").click()

    expect(signed_in.locator(".list")).not_to_contain_text("question")
    expect(signed_in.get_by_text("Deleted question and 0 events.")).to_be_visible()


def test_a_taken_category_name_is_told_beside_the_field(signed_in: Page) -> None:
    go(signed_in, "Categories")
    signed_in.get_by_role("button", name="New category").click()
    signed_in.get_by_label("Name").fill("bug")
    signed_in.get_by_role("button", name="Create category").click()

    expect(signed_in.get_by_role("alert")).to_have_text('You already have a category named "bug".')


def test_a_revoked_key_gets_401(operator: Server, signed_in: Page) -> None:
    key = make_key(signed_in, "Old server")
    signed_in.get_by_role("button", name="Revoke the key Old server").click()
    signed_in.get_by_role("alertdialog").get_by_role("button", name="Revoke key").click()
    expect(signed_in.get_by_role("button", name="Revoke the key Old server")).to_have_count(0)

    assert send_event(operator, key, category="bug").status_code == 401


def test_what_is_copied_is_the_key(signed_in: Page) -> None:
    signed_in.context.grant_permissions(["clipboard-read", "clipboard-write"])
    go(signed_in, "Keys")
    signed_in.get_by_role("button", name="New key").click()
    signed_in.get_by_label("Name").fill("Copied")
    signed_in.get_by_role("button", name="Create key").click()
    key = signed_in.locator("#fresh-key").inner_text()

    signed_in.get_by_role("button", name="Copy the key").click()
    expect(signed_in.get_by_role("button", name="Copy the key")).to_contain_text("Copied")

    assert signed_in.evaluate("navigator.clipboard.readText()") == key
    signed_in.get_by_role("button", name="I have copied it").click()


def test_an_event_that_is_not_there_says_so(operator: Server, signed_in: Page) -> None:
    signed_in.goto(f"{operator.url}/events/evt_00000000000000000000000000")

    expect(signed_in.get_by_text("There is no such event here")).to_be_visible()


def test_pages_may_not_be_framed(operator: Server) -> None:
    headers = httpx.get(f"{operator.url}/login").headers

    assert "frame-ancestors 'none'" in headers["content-security-policy"]
