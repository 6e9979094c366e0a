"""Three people look at one event at once; one of them may only look."""

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, Page, expect
from reflex_base.utils.format import format_event_handler

from pingpilot_app.domain.role import Role
from pingpilot_app.ui.pages.event import ConversationState
from tests.browser.conftest import send_event, watch
from tests.browser.contrast import CONTRAST
from tests.browser.people import Person, colleague, join, set_up
from tests.browser.server import Server
from tests.browser.test_every_page import AXE
from tests.browser.together import Onlooker, onlooker

SOON = 5_000  # milliseconds, generously: `python -m benchmarks team` measures it

# An event as any client may send it, on a websocket of its own; returns the toast.
_RAW = """([name, payload]) => new Promise((resolve, reject) => {
  const query = new URLSearchParams({ token: crypto.randomUUID(), EIO: 4, transport: "websocket" });
  const socket = new WebSocket(`${location.origin.replace("http", "ws")}/_event/?${query}`);
  const router_data = { pathname: "/", asPath: "/", query: {} };
  const event = JSON.stringify(["event", { name, payload, router_data }]);
  socket.onerror = () => reject(new Error("refused"));
  socket.onmessage = ({ data }) => {
    if (data.startsWith("0")) socket.send("40/_event,");
    if (data.startsWith("40/_event,")) socket.send(`42/_event,${event}`);
    if (!data.includes("toast")) return;
    socket.close();
    resolve(data);
  };
})"""


@dataclass
class Team:
    """Ann owns the account, Ben is a member, Vera a viewer."""

    ann: Onlooker
    ben: Onlooker
    vera: Onlooker
    server: Server
    key: str

    @property
    def all(self) -> list[Onlooker]:
        return [self.ann, self.ben, self.vera]

    def send(self, description: str) -> str:
        """Send an event and return its id."""
        answer = send_event(self.server, self.key, category="bug", description=description)
        return str(answer.json()["eventId"])

    def open(self, path: str, wait_for: str) -> None:
        for one in self.all:
            one.page.goto(f"{self.server.url}{path}")
            one.page.locator(wait_for).first.wait_for()


@pytest.fixture(scope="module")
def people(operator: Server) -> tuple[Person, Person, Person]:
    """Ann, Ben and Vera."""
    ann = join(operator, "ann@team.example")
    ben = colleague(operator, ann, "ben@team.example", Role.MEMBER)
    return ann, ben, colleague(operator, ann, "vera@team.example", Role.VIEWER)


@pytest.fixture(scope="module")
def team(
    operator: Server, browser: Browser, people: tuple[Person, Person, Person]
) -> Iterator[Team]:
    """All three signed in at once, whose pages do nothing that they should not."""
    key, complaints = set_up(operator, people[0]), list[str]()
    team = Team(*(onlooker(browser, one) for one in people), server=operator, key=key)
    for one in team.all:
        watch(one.page, operator, complaints)
    yield team
    for one in team.all:
        one.page.context.close()
    assert complaints == []


def barriers(page: Page) -> list[str]:
    """Return what axe-core finds."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    found: list[str] = page.evaluate(AXE)
    return found


def test_an_event_appears_in_all_feeds_at_once(team: Team) -> None:
    team.send("The first")  # a feed without events has no rows
    team.open("/feed", "[data-event]")
    for one in team.all:
        one.look_out("[data-event]", "All see it")
    sent = time.time() * 1_000

    team.send("All see it")

    assert max(one.seen_at for one in team.all) - sent < SOON


@pytest.mark.parametrize("path", ["/events/{}", "/feed?event={}"])
def test_a_claim_a_comment_and_a_resolve_appear_on_the_other_two(team: Team, path: str) -> None:
    ann, ben, vera = team.all
    team.open(path.format(team.send("Checkout fails")), "[data-claim=open]")

    for one in (ann, vera):
        one.look_out("[data-claim=claimed] .claim", "ben is on it")
    at = ben.click("I'm on it")
    assert max(one.seen_at for one in (ann, vera)) - at < SOON

    for one in (ben, vera):
        one.look_out(".talk-text", "Shall I help, @ben?")
    at = ann.say("Shall I help, @ben?\nI have time.")
    assert max(one.seen_at for one in (ben, vera)) - at < SOON
    expect(ben.page.locator(".mention")).to_have_text("@ben")
    expect(ann.page.get_by_role("textbox", name="Comment")).to_have_value("")

    for one in (ann, vera):
        one.look_out("[data-claim=resolved] .talk-text", "Restarted it.")
    at = ben.resolve("Restarted it.")
    assert max(one.seen_at for one in (ann, vera)) - at < SOON

    ann.click("Reopen")
    ben.page.get_by_role("button", name="I'm on it").wait_for()


def test_what_somebody_writes_survives_what_others_do(team: Team) -> None:
    ann, ben, vera = team.all
    team.open(f"/events/{team.send('Long to explain')}", "[data-claim=open]")
    box = ann.page.get_by_role("textbox", name="Comment")
    box.fill("This is a dra")

    ben.click("I'm on it")
    ben.say("Meanwhile")
    ann.page.get_by_text("Meanwhile").wait_for()

    expect(box).to_have_value("This is a dra")
    expect(box).to_be_focused()
    box.press_sequentially("ft")
    box.press("Enter")
    box.press_sequentially("of two lines")
    box.press("Control+Enter")
    expect(vera.page.locator(".talk-text").last).to_have_text("This is a draft\nof two lines")
    expect(box).to_have_value("")
    expect(box).to_be_focused()

    box.fill("x" * 2_001)
    expect(ann.page.get_by_text("2,001 of 2,000 characters")).to_be_visible()
    ann.click("Comment")
    expect(ann.page.get_by_text("Keep it to 2,000 characters; it has 2,001.")).to_be_visible()
    expect(box).to_have_value("x" * 2_001)


def test_colleagues_are_suggested_and_taken_by_the_keyboard(team: Team) -> None:
    page = team.ann.page
    team.open(f"/events/{team.send('Whom to ask')}", "[data-claim=open]")
    box, options = page.get_by_role("textbox", name="Comment"), page.get_by_role("option")

    box.press_sequentially("a@b is no name; ask @")
    expect(options).to_have_count(2)
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert barriers(page) == []
    box.press("ArrowDown")
    expect(options.last).to_have_attribute("aria-selected", "true")
    box.press("Enter")
    expect(box).to_have_value("a@b is no name; ask @vera ")
    expect(options).to_have_count(0)

    box.press_sequentially("or @b")
    expect(options).to_have_count(1)
    box.press("Escape")
    expect(options).to_have_count(0)
    box.press_sequentially("e")
    options.first.click()
    expect(box).to_have_value("a@b is no name; ask @vera or @ben ")
    expect(box).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_conversation_has_no_barriers(team: Team, theme: str) -> None:
    page = team.ann.page
    team.open(f"/events/{team.send('To look at')}", "[data-claim=open]")
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    team.ann.click("I'm on it")
    team.ann.say("Look, @ben")
    page.locator(".mention").wait_for()
    assert barriers(page) == []
    assert page.evaluate(CONTRAST) == []

    team.ann.click("Resolve…")
    page.get_by_label("What was done").wait_for()
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_label("What was done")).to_be_hidden()
    page.emulate_media(color_scheme="light")


def test_a_viewer_can_do_nothing_but_look(team: Team) -> None:
    event_id = team.send("Not for viewers")
    team.open(f"/events/{event_id}", "[data-claim=open]")
    page = team.vera.page
    conversation = page.get_by_role("region", name="Conversation")
    expect(conversation).to_contain_text("Nobody is on it yet.")
    expect(conversation.get_by_role("button")).to_have_count(0)
    expect(conversation.get_by_role("textbox")).to_have_count(0)

    form = {"event": event_id, "comment": "I am not allowed", "note": "neither"}
    for act in ("claim", "release", "reopen", "comment", "resolve"):
        given = {"form": form} if act in ("comment", "resolve") else {"event_id": event_id}
        name = format_event_handler(ConversationState.event_handlers[act])
        told = page.evaluate(_RAW, [name, given])
        assert "Only owners, admins and members of this account may do this." in told, act

    team.ann.page.reload()
    expect(team.ann.page.locator("[data-claim=open]")).to_be_visible()
    expect(team.ann.page.locator(".talk")).to_have_count(0)


def test_to_an_outsider_there_is_no_such_event(team: Team, browser: Browser) -> None:
    event_id = team.send("Not for outsiders")
    outsider = onlooker(browser, join(team.server, "charlie@elsewhere.example")).page

    for path in (f"/events/{event_id}", f"/events/evt_{'0' * 26}"):
        outsider.goto(f"{team.server.url}{path}")
        expect(outsider.get_by_text("There is no such event here")).to_be_visible()

    name = format_event_handler(ConversationState.event_handlers["claim"])
    told = outsider.evaluate(_RAW, [name, {"event_id": event_id}])
    assert "There is no event with this id in your account." in told
    outsider.context.close()
