"""The operator's page and the quota, in a browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import EMAIL, go
from tests.browser.contrast import CONTRAST
from tests.browser.server import Server


def open_operator(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/operator")
    page.locator(".skeleton").first.wait_for(state="detached")
    page.locator(".accounts").wait_for()


def test_the_instance_tells_how_it_is(operator: Server, signed_in: Page) -> None:
    open_operator(signed_in, operator)

    expect(signed_in.get_by_role("heading", level=1)).to_have_text("Operator")
    expect(signed_in.locator(".verdict")).to_be_visible()
    for fact in ("SQLite", "Alive", "Web, API and worker"):
        expect(signed_in.locator(".fact-groups")).to_contain_text(fact)


def test_a_pinned_sandbox_cannot_be_switched_and_says_why(
    operator: Server, signed_in: Page
) -> None:
    open_operator(signed_in, operator)

    switch = signed_in.get_by_role("switch", name="Send Discord to the sandbox")
    expect(switch).to_be_checked()
    expect(switch).to_be_disabled()
    expect(signed_in.locator("#operator-discord")).to_contain_text("SANDBOX=on pins every channel")


def test_a_plan_is_changed_after_a_question_that_names_the_account(
    operator: Server, signed_in: Page
) -> None:
    open_operator(signed_in, operator)
    signed_in.get_by_label("Search accounts").fill(EMAIL.upper())
    row = signed_in.get_by_role("row").filter(has_text=EMAIL)
    before = row.locator(".tag").inner_text()
    other = "ENTERPRISE" if before != "ENTERPRISE" else "PRO"

    for plan in (other, before):
        row.get_by_role("button", name=f"Change the account {EMAIL}").click()
        signed_in.get_by_label("Plan").select_option(plan)
        signed_in.get_by_role("button", name="Continue").click()
        question = signed_in.get_by_role("alertdialog")
        expect(question).to_contain_text(f"Change the account {EMAIL}?")
        question.get_by_role("button", name="Change account").click()
        expect(row.locator(".tag")).to_have_text(plan)


def test_retention_asks_for_the_days_and_says_what_goes(operator: Server, signed_in: Page) -> None:
    open_operator(signed_in, operator)
    signed_in.get_by_role("button", name=f"Change the account {EMAIL}").click()
    signed_in.get_by_label("Keep events").select_option("days")
    signed_in.get_by_label("Days").fill("many")
    signed_in.get_by_role("button", name="Continue").click()
    expect(signed_in.get_by_role("alert")).to_contain_text("Enter a whole number of days")

    signed_in.get_by_label("Days").fill("30")
    signed_in.get_by_role("button", name="Continue").click()
    question = signed_in.get_by_role("alertdialog")
    expect(question).to_contain_text("older ones are deleted")
    question.get_by_role("button", name="Cancel").click()

    expect(question).to_be_hidden()
    expect(signed_in.get_by_role("dialog")).to_be_hidden()


def test_a_search_without_a_match_says_so(operator: Server, signed_in: Page) -> None:
    open_operator(signed_in, operator)
    signed_in.get_by_label("Search accounts").fill("no-such-person")

    expect(signed_in.locator(".accounts-none")).to_contain_text(
        "No account mentions no-such-person"
    )


def test_the_quota_shows_the_months_and_where_this_one_leads(
    operator: Server, signed_in: Page
) -> None:
    go(signed_in, "Quota")

    table = signed_in.get_by_role("table", name="Events by month")
    expect(table.get_by_role("row")).to_have_count(13)
    expect(signed_in.locator(".quota-forecast")).to_contain_text(".")
    expect(signed_in.locator(".plan-card.mine")).to_have_count(1)
    expect(signed_in.locator("#content [form=countdown]")).to_contain_text("in ")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 834, 1440])
def test_the_operators_page_is_readable_everywhere(
    operator: Server, signed_in: Page, theme: str, width: int
) -> None:
    signed_in.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    signed_in.set_viewport_size({"width": width, "height": 900})
    open_operator(signed_in, operator)

    assert signed_in.evaluate(CONTRAST) == []
    assert signed_in.evaluate("document.documentElement.scrollWidth") == width
