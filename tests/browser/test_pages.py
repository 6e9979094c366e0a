"""What every page keeps, and what pages do before something is gone."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import go, make_key, send_event
from tests.browser.server import Server

PAGES = ("feed", "categories", "keys", "channels", "quota", "sandbox")

# The smallest contrast of text with what is behind it, for every element with text of its own.
CONTRAST = """() => {
  const rgb = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  const behind = (el) => {
    for (; el; el = el.parentElement) {
      const colour = rgb(getComputedStyle(el).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  for (const el of document.querySelectorAll("body *")) {
    const own = [...el.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !el.checkVisibility() || el.closest(".sr-only, .skip-link, svg")) continue;
    const [a, b] = [light(rgb(getComputedStyle(el).color)), light(behind(el))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.push(`${ratio.toFixed(2)} ${el.className} ${el.textContent.slice(0, 40)}`);
  }
  return bad;
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_readable_and_asks_no_outside_host(
    operator: Server, signed_in: Page, name: str, theme: str
) -> None:
    signed_in.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    signed_in.goto(f"{operator.url}/{name}")
    signed_in.locator(".skeleton").first.wait_for(state="detached")

    expect(signed_in).to_have_title(f"{name.capitalize()} · PingPilot")
    expect(signed_in.get_by_role("heading", level=1)).to_have_text(name.capitalize())
    assert signed_in.evaluate("document.cookie") == ""
    assert signed_in.evaluate(CONTRAST) == []


@pytest.mark.parametrize("width", [360, 768, 2560])
@pytest.mark.parametrize("name", PAGES)
def test_no_page_scrolls_sideways(operator: Server, signed_in: Page, name: str, width: int) -> None:
    signed_in.set_viewport_size({"width": width, "height": 800})
    signed_in.goto(f"{operator.url}/{name}")
    signed_in.locator(".skeleton").first.wait_for(state="detached")

    assert signed_in.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("path", ["/", "/login", "/no/such/page"])
def test_a_public_page_is_readable_and_asks_no_outside_host(
    operator: Server, page: Page, complaints: list[str], path: str
) -> None:
    page.goto(f"{operator.url}{path}")
    page.get_by_role("heading", level=1).or_(page.get_by_role("heading", level=2)).first.wait_for()

    assert page.evaluate(CONTRAST) == []
    # The browser itself reports the status of a page that does not exist.
    complaints[:] = [line for line in complaints if "404" not in line]


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
