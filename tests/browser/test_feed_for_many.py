"""The feed of several people in their browsers: claims by key, the line, who may only look."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from pingpilot_app.domain.role import Role
from tests.browser.conftest import send_event
from tests.browser.contrast import CONTRAST
from tests.browser.people import Person, colleague, join, set_up
from tests.browser.server import Server
from tests.browser.visitor import LOADED, Visitor, visit

WITHIN = 300  # milliseconds

# Notes when rows are first seen to be claimed, and when anything changed, on the system's clock.
NOTE = """() => {
  window.claimedAt = {};
  window.changedAt = 0;
  const look = () => {
    window.changedAt = performance.timeOrigin + performance.now();
    for (const mark of document.querySelectorAll(".claim"))
      claimedAt[mark.closest("[data-row]").dataset.event] ??= changedAt;
  };
  new MutationObserver(look).observe(document.body, {
    childList: true, subtree: true, characterData: true,
  });
}"""
NOW = "performance.timeOrigin + performance.now()"
AT_REST = f"() => {NOW} - changedAt > 400"  # a page rests for up to 240 ms after each push


class Team:
    """Alice, who owns an account of their own, and who else is in it."""

    def __init__(self, server: Server, browser: Browser) -> None:
        self.server = server
        self.browser = browser
        self.alice = join(server, "alice@example.org")
        self.key = set_up(server, self.alice)
        self.bob = colleague(server, self.alice, "bob@example.org", Role.MEMBER)
        self.vera = colleague(server, self.alice, "vera@example.org", Role.VIEWER)
        self.visitors: list[Visitor] = []

    def send(self, description: str) -> str:
        """Send an event and return its id."""
        answer = send_event(self.server, self.key, category="bug", description=description)
        return str(answer.json()["eventId"])

    def at_feed(self, person: Person, path: str = "/feed") -> Page:
        """Open the feed in a browser of the person's own."""
        visitor = visit(self.browser, self.server, person.cookies)
        self.visitors.append(visitor)
        visitor.page.goto(f"{self.server.url}{path}")
        visitor.page.wait_for_function(LOADED)
        return visitor.page


@pytest.fixture(scope="module")
def members(operator: Server, browser: Browser) -> Team:
    """The people, who are there once for all tests."""
    return Team(operator, browser)


@pytest.fixture
def team(members: Team) -> Iterator[Team]:
    """The people, whose pages did nothing that they should not."""
    yield members
    complaints = [line for visitor in members.visitors for line in visitor.complaints]
    for visitor in members.visitors:
        visitor.page.context.close()
    members.visitors.clear()
    assert complaints == []


def test_a_claim_by_key_is_shown_to_the_others_at_once(team: Team) -> None:
    events = [team.send(f"Who takes this? {number}") for number in range(3)][::-1]
    hers, his = team.at_feed(team.alice), team.at_feed(team.bob)
    expect(hers.get_by_text("bob is watching")).to_be_visible()
    hers.evaluate(NOTE)
    took = []
    for event in events:
        row, mark = f"[data-event={event}]", f"[data-event={event}] .claim"
        his.keyboard.press("j")
        expect(his.locator(row).get_by_role("link", name="Who takes")).to_be_focused()
        hers.wait_for_function(AT_REST)
        began = his.evaluate(NOW)
        his.keyboard.press("c")
        expect(hers.locator(mark)).to_contain_text("bob")
        took.append(hers.evaluate("event => claimedAt[event]", event) - began)
        expect(his.locator(mark)).to_contain_text("You")
    assert sorted(took)[1] < WITHIN  # others may use this machine too

    his.keyboard.press("c")
    expect(hers.locator(mark)).to_have_count(0)
    his.keyboard.press("e")
    expect(hers.locator(mark)).to_contain_text("Resolved by bob")

    hers.get_by_label("Claim", exact=True).select_option("resolved")
    hers.wait_for_url("**/feed?whose=resolved")
    expect(hers.locator("[data-row]")).to_have_count(1)
    for theme in ("light", "dark"):
        hers.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        assert hers.evaluate(CONTRAST) == []


def test_a_row_is_claimed_and_released_by_its_buttons(team: Team) -> None:
    event = team.send("Take it by hand")
    page = team.at_feed(team.alice)
    row = page.locator(f"[data-event={event}]")

    row.hover()
    row.get_by_role("button", name="Claim").click()
    expect(row.locator(".claim")).to_contain_text("You")
    row.get_by_role("button", name="Release").click()
    expect(row.locator(".claim")).to_have_count(0)


def test_the_unread_line_is_there_in_the_next_browser(team: Team) -> None:
    read = team.send("Read in the first browser")
    first = team.at_feed(team.bob)
    first.locator(f"[data-event={read}]").wait_for()
    first.get_by_role("link", name="Keys").first.click()  # and is away
    first.wait_for_url("**/keys")
    new = [team.send(f"While away {number}") for number in range(60)]

    second = team.at_feed(team.bob)
    expect(second.get_by_text("60 while you were away")).to_be_visible()
    expect(second.locator(".unread-line")).to_have_count(0)  # further down than the list goes
    second.get_by_role("button", name="Go to where you were").click()
    line = second.locator(f"[data-event={read}] .unread-line")
    expect(line).to_be_in_viewport()
    expect(second.get_by_text("while you were away")).to_have_count(0)
    expect(second.locator(f"[data-event={new[-1]}]")).to_have_count(1)

    expect(team.at_feed(team.bob).get_by_text("while you were away")).to_have_count(0)


def test_who_may_only_look_has_no_act_by_button_or_key(team: Team) -> None:
    event = team.send("Look at this")
    page = team.at_feed(team.vera)
    row = page.locator(f"[data-event={event}]")
    row.hover()
    expect(row.locator(".event-act")).to_have_count(0)

    page.keyboard.press("j")
    page.keyboard.press("c")
    page.keyboard.press("e")
    seen = team.send("And at that")
    page.mouse.move(0, 0)
    page.goto(f"{team.server.url}/feed?whose=unclaimed")
    expect(page.locator(f"[data-event={seen}]")).to_be_visible()
    expect(row).to_be_visible()
