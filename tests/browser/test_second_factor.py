"""The second factor, from the QR code to the day when the phone is lost."""

import time

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import TIMEOUT
from tests.browser.server import Server
from tests.browser.test_settings import PASSWORD, confirmed


def section(page: Page) -> Locator:
    """Return the part of the settings that is about it."""
    heading = page.get_by_role("heading", name="Second factor")
    return page.locator(".setting-card", has=heading)


def switch_on(page: Page, server: Server) -> tuple[str, list[str]]:
    """Switch it on and return the secret and the recovery codes."""
    page.goto(f"{server.url}/settings")
    section(page).get_by_label("Current password").fill(PASSWORD)
    section(page).get_by_role("button", name="Set it up").click()
    expect(section(page).get_by_role("img", name="QR code")).to_be_visible()
    secret = page.locator("#second-factor-secret").inner_text().replace(" ", "")
    section(page).get_by_label("Code of the app").fill(pyotp.TOTP(secret).now())
    section(page).get_by_role("button", name="Switch it on").click()
    expect(page.locator("#recovery-codes li")).to_have_count(10)
    return secret, page.locator("#recovery-codes code").all_inner_texts()


def show_password(page: Page, server: Server, address: str, wanted: str) -> None:
    page.goto(f"{server.url}{wanted}")
    page.wait_for_url("**/login?next=*")
    page.get_by_label("Email").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/second-factor")


def test_a_second_factor_from_the_qr_code_to_a_lost_phone(
    operator: Server, browser: Browser, page: Page
) -> None:
    address = "radia@example.org"
    confirmed(page, operator, address)
    secret, codes = switch_on(page, operator)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    kept = download.value.path().read_text()
    assert address in kept
    assert [code for code in codes if code not in kept] == []
    page.get_by_role("button", name="I have kept them").click()
    expect(section(page)).to_contain_text("10 of 10 recovery codes left.")
    page.reload()
    expect(section(page)).to_contain_text("10 of 10 recovery codes left.")
    expect(page.locator("#recovery-codes")).to_have_count(0)

    phone = browser.new_context()
    phone.set_default_timeout(TIMEOUT)
    other = phone.new_page()
    show_password(other, operator, address, "/keys")
    code = other.get_by_label("Code", exact=True)
    expect(code).to_be_focused()
    code.fill("abc123")
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("This code is not right")
    other.get_by_label("Code", exact=True).fill(pyotp.TOTP(secret).at(_next_step()))
    other.get_by_role("button", name="Sign in", exact=True).click()
    other.wait_for_url("**/keys")

    other.context.clear_cookies()
    show_password(other, operator, address, "/settings")
    other.get_by_text("Use a recovery code").click()
    other.get_by_label("Recovery code").fill(codes[0].upper())
    other.get_by_role("button", name="Sign in by recovery code").click()
    other.wait_for_url("**/settings")
    expect(section(other)).to_contain_text("9 of 10 recovery codes left.")

    section(other).get_by_text("Switch the second factor off").click()
    off = other.locator("form[action='/auth/second-factor/off']")
    off.get_by_label("Current password").fill(PASSWORD)
    off.get_by_label("Code of the app, or a recovery code").fill(codes[1])
    off.get_by_role("button", name="Switch it off").click()
    expect(other.get_by_role("status")).to_contain_text("The second factor is off.")
    phone.close()


def test_the_secret_is_sent_to_the_page_once(operator: Server, page: Page) -> None:
    confirmed(page, operator, "whitfield@example.org")
    frames: list[str] = []
    page.on("websocket", lambda ws: ws.on("framereceived", lambda data: frames.append(str(data))))
    page.goto(f"{operator.url}/settings")
    section(page).get_by_label("Current password").fill(PASSWORD)
    section(page).get_by_role("button", name="Set it up").click()
    secret = page.locator("#second-factor-secret").inner_text()
    assert secret.replace(" ", "") not in page.url
    assert sum(secret in frame for frame in frames) == 1
    frames.clear()
    page.reload()
    expect(section(page)).to_contain_text("The QR code was shown once.")
    assert len(frames) > 0
    assert not [frame for frame in frames if secret in frame or "otpauth" in frame]


def _next_step() -> float:
    """Return a time whose code was not taken when it was switched on."""
    return time.time() + 30
