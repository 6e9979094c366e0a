"""The accounts as a table, on a phone as cards, and the form of one."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.forms import error_text, field
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.pages.operator.accounts import AccountRow, AccountsState
from pingpilot_app.ui.pages.operator.acts import ActsState
from pingpilot_app.ui.paging import turner

# The name, the shorter one of a phone's card, and the look.
_COLUMNS = (
    ("Account", "", ""),
    ("Plan", "Plan", ""),
    ("Events this month", "This month", "number"),
    ("Categories", "Categories", "number"),
    ("Members", "Members", "number"),
    ("Created", "Created", ""),
    ("Last event", "Last event", ""),
)


def accounts_section() -> rx.Component:
    """Show the accounts with what they use, the search, and the pages."""
    state = AccountsState
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Accounts"),
            rx.el.span(state.found, class_name="hint figure", role="status"),
            _search(),
            class_name="accounts-head",
        ),
        rx.cond(
            state.ready,
            rx.cond(
                state.rows, rx.fragment(_table(), turner(state, "Pages of accounts")), _nothing()
            ),
            skeleton_rows(3),
        ),
        _form(),
        confirm(
            opened=state.proposal != "",
            title=f"Change the account {state.name}?",
            text=state.proposal,
            action="Change account",
            on_yes=state.apply,
            on_no=state.edit(""),
            look=state.look,
        ),
        confirm(
            opened=state.ends != "",
            title=f"Sign {state.name} out everywhere?",
            text=state.ends,
            action="Sign out everywhere",
            on_yes=state.sign_out,
            on_no=state.ask_sign_out(""),
        ),
        class_name="operator-section",
    )


def _search() -> rx.Component:
    return rx.el.div(
        icon("search", 15),
        rx.el.input(
            type="search",
            default_value=AccountsState.text,
            placeholder="Name or email",
            aria_label="Search accounts",
            on_change=AccountsState.search.debounce(250),
            max_length=200,
            auto_complete="off",
            id="account-search",
        ),
        class_name="account-search",
    )


def _nothing() -> rx.Component:
    return rx.el.p(
        "No account mentions ",
        rx.el.strong(AccountsState.text),
        ". Names and members' email addresses are searched.",
        class_name="card accounts-none",
    )


def _table() -> rx.Component:
    # The roles are named because a phone shows the rows as cards, which would lose them.
    heads = [
        rx.el.th(name, scope="col", role="columnheader", class_name=look)
        for name, _, look in _COLUMNS
    ]
    action = rx.el.th(rx.el.span("Change", class_name="sr-only"), scope="col", role="columnheader")
    return rx.el.table(
        rx.el.caption("Accounts, the newest first", class_name="sr-only"),
        rx.el.thead(rx.el.tr(*heads, action, role="row"), role="rowgroup"),
        rx.el.tbody(rx.foreach(AccountsState.rows, _row), role="rowgroup"),
        role="table",
        class_name="card accounts",
    )


def _row(row: AccountRow) -> rx.Component:
    last = rx.cond(row.last_event != "", moment(row.last_event), "never")
    cells = (
        rx.el.span(row.plan, class_name="tag"),
        rx.el.span(row.used, class_name=rx.cond(row.full, "figure full", "figure")),
        row.categories,
        row.members,
        moment(row.created, "date"),
        last,
    )
    return rx.el.tr(
        rx.el.th(
            rx.el.span(row.name, title=row.name, class_name="account-name"),
            rx.cond(
                row.also != "", rx.el.span(row.also, title=row.also, class_name="account-also")
            ),
            scope="row",
            role="rowheader",
        ),
        *[
            _cell(name, look, value)
            for (_, name, look), value in zip(_COLUMNS[1:], cells, strict=True)
        ],
        rx.el.td(_edit_button(row), role="cell", class_name="account-edit"),
        key=row.id,
        role="row",
    )


def _cell(name: str, look: str, value: Any) -> rx.Component:
    return rx.el.td(
        rx.el.span(name, class_name="cell-name", aria_hidden=True),
        value,
        role="cell",
        class_name=f"figure {look}",
    )


def _edit_button(row: AccountRow) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            icon("history", 14),
            type="button",
            on_click=ActsState.choose(row.id),
            aria_label=f"Show the activity of {row.name}",
            title="Activity",
            class_name="button small",
        ),
        rx.el.button(
            icon("log-out", 14),
            type="button",
            on_click=AccountsState.ask_sign_out(row.id),
            aria_label=f"Sign {row.name} out everywhere",
            title="Sign out everywhere",
            class_name="button small",
        ),
        rx.el.button(
            "Change",
            type="button",
            on_click=AccountsState.edit(row.id),
            aria_label=f"Change the account {row.name}",
            class_name="button small",
        ),
        class_name="buttons account-buttons",
    )


def _form() -> rx.Component:
    """Ask for the plan and the retention of one account."""
    state = AccountsState
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Change an account"),
            rx.dialog.description(state.name, class_name="dialog-text account-name"),
            rx.el.form(
                _choice("Plan", "plan", state.plan, _plans()),
                error_text(state.errors, "plan"),
                _choice("Keep events", "keep", state.keep, _keeps(), on_change=state.choose_keep),
                rx.cond(
                    state.keep == "days",
                    field(
                        "Days",
                        "days",
                        errors=state.errors,
                        default_value=state.days,
                        input_mode="numeric",
                        auto_complete="off",
                        required=True,
                    ),
                ),
                rx.el.div(
                    rx.el.button(
                        "Cancel", type="button", on_click=state.edit(""), class_name="button"
                    ),
                    rx.el.button("Continue", type="submit", class_name="button primary"),
                    class_name="dialog-actions",
                ),
                on_submit=state.propose,
                key=state.editing,
                class_name="form account-form",
            ),
            on_escape_key_down=state.edit(""),
            on_interact_outside=state.edit(""),
            class_name="dialog",
        ),
        open=(state.editing != "") & (state.proposal == ""),
    )


def _choice(label: str, name: str, value: Any, options: list[Any], **props: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label(label, html_for=f"account-{name}"),
        rx.el.select(*options, name=name, id=f"account-{name}", default_value=value, **props),
        class_name="field",
    )


def _plans() -> list[Any]:
    return [rx.el.option(_plan_words(plan), value=plan.value) for plan in Plan]


def _plan_words(plan: Plan) -> str:
    limit = LIMITS[plan].events
    return f"{plan.value} (no limit)" if limit is None else f"{plan.value} ({limit:,} a month)"


def _keeps() -> list[Any]:
    return [
        rx.el.option(f"As the instance does: {AccountsState.default_keep}", value="default"),
        rx.el.option("For ever", value="forever"),
        rx.el.option("For a number of days", value="days"),
    ]
