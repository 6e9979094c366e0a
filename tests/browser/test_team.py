"""A team: invited by mail and by link, made admin, turned to, and out at once."""

import re

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import TIMEOUT, watch
from tests.browser.contrast import CONTRAST
from tests.browser.people import Person, join
from tests.browser.server import Server
from tests.browser.test_settings import link_to

GRACE = "grace@team.example"  # has no login before
LINUS = "linus@example.org"  # has an account of his own
PASSWORD = "a sentence of my own"


class Visit:
    """Opens pages in browsers of their own, and closes them."""

    def __init__(self, browser: Browser, server: Server, complaints: list[str]) -> None:
        self.browser, self.server, self.complaints = browser, server, complaints
        self.contexts: list[BrowserContext] = []

    def page(self, person: Person | None = None) -> Page:
        context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(TIMEOUT)
        self.contexts.append(context)
        if person:
            context.add_cookies(person.cookies)
        page = context.new_page()
        watch(page, self.server, self.complaints)
        return page


@pytest.fixture
def visit(operator: Server, browser: Browser, complaints: list[str]):
    httpx.delete(f"{operator.sandbox}/fail")  # what another test let fail would keep mails back
    visit = Visit(browser, operator, complaints)
    yield visit
    for context in visit.contexts:
        context.close()
    assert complaints == []


def member(page: Page, name: str):
    return page.locator("li.member").filter(has_text=name)


def test_people_join_a_team_work_in_it_and_leave_it(operator: Server, visit: Visit) -> None:
    owner = visit.page(join(operator, "lead@example.org"))
    owner.goto(f"{operator.url}/team")
    owner.get_by_label("Their email").fill(GRACE)
    owner.get_by_role("button", name="Send invite").click()
    expect(owner.get_by_role("list", name="Open invites")).to_contain_text(GRACE)
    assert owner.evaluate(CONTRAST) == []

    grace = visit.page()
    grace.goto(link_to(operator, GRACE, "/join"))
    expect(grace.locator(".entrance")).to_contain_text("lead invites you to lead@example.org")
    assert grace.evaluate(CONTRAST) == []
    grace.get_by_label("Your name").fill("Grace H.")
    grace.get_by_label("Password").fill(PASSWORD)
    grace.get_by_role("button", name="Join lead@example.org").click()
    grace.wait_for_url("**/feed")
    grace.goto(f"{operator.url}/team")
    expect(member(grace, "Grace H.")).to_contain_text("You")
    expect(grace.get_by_role("heading", name="Invite", exact=True)).to_have_count(0)

    expect(owner.get_by_role("list", name="Open invites")).to_have_count(0)  # by itself
    owner.get_by_label("Role of Grace H.").select_option("admin")
    expect(grace.get_by_role("heading", name="Invite", exact=True)).to_be_visible()  # so, too

    grace.get_by_role("button", name="Make a link").click()
    link = grace.locator("#team-link").inner_text()
    person = join(operator, LINUS)
    linus = visit.page(person)
    linus.goto(link)
    linus.get_by_role("button", name="Join lead@example.org as member").click()
    linus.wait_for_url("**/feed")
    other = linus.context.new_page()
    watch(other, operator, visit.complaints)
    other.goto(f"{operator.url}/team")
    expect(member(other, "linus")).to_contain_text("member")

    linus.locator(".sidebar .turn summary").click()
    linus.locator(".sidebar").get_by_role("button", name=re.compile(f"^{LINUS}")).click()
    linus.wait_for_load_state()
    expect(linus.locator(".sidebar .turn summary")).to_contain_text(LINUS)
    expect(other.locator("li.member")).to_have_count(1)  # the other tab follows
    expect(member(other, "linus")).to_contain_text("owner")

    owner.get_by_role("button", name="Remove Grace H.").click()
    owner.get_by_role("alertdialog").get_by_role("button", name="Remove").click()
    grace.wait_for_url("**/login", timeout=3_000)
    expect(member(owner, "Grace")).to_have_count(0)
    assert owner.evaluate(CONTRAST) == []


def test_a_link_that_is_void_says_so_and_no_more(operator: Server, visit: Visit) -> None:
    page = visit.page()
    page.goto(f"{operator.url}/join#token={'x' * 43}")

    expect(page.get_by_role("alert")).to_contain_text("Ask whoever sent it")
    assert page.locator("form").count() == 0
