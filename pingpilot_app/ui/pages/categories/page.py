"""How the categories look; what can be done with them is in state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.category_form import FormTexts, category_form
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import category_name, skeleton_rows
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.rights import for_those_who_may, looking, may
from pingpilot_app.ui.pages.categories.escalation import EscalationState, escalation_form
from pingpilot_app.ui.pages.categories.state import CategoriesState, CategoryRow
from pingpilot_app.ui.template import empty, inside


def categories_page() -> rx.Component:
    """Lay out the list, the form and the dialog."""
    state = CategoriesState
    return inside(
        "/categories",
        "Categories",
        "The kinds of things that happen. Each has its own colour and emoji wherever it arrives.",
        rx.cond(
            state.ready,
            rx.fragment(
                looking(Right.CATEGORIES, "of this account add, change and delete categories"),
                rx.cond(
                    state.adding,
                    category_form(state.errors, state.create, state.show_form(False)),
                ),
                rx.cond(state.rows, _list(), rx.cond(state.adding, rx.fragment(), _none())),
            ),
            skeleton_rows(3),
        ),
        confirm(
            opened=state.doomed != "",
            title=f"Delete the category {state.doomed_name}?",
            text=state.doomed_text,
            action="Delete category",
            on_yes=state.delete,
            on_no=state.keep,
        ),
        action=rx.cond(state.ready & ~state.adding & (state.rows.length() > 0), _new_button()),
    )


def _new_button() -> rx.Component:
    return for_those_who_may(
        Right.CATEGORIES,
        rx.el.button(
            icon("plus", 16),
            "New category",
            type="button",
            on_click=CategoriesState.show_form(True),
            class_name="button primary",
        ),
    )


def _none() -> rx.Component:
    return empty(
        "tags",
        "No categories yet",
        rx.cond(
            may(Right.CATEGORIES),
            "Every event belongs to one. Begin with bug, sale and question, or make your own.",
            "Every event belongs to one. They appear here as soon as there are some.",
        ),
        for_those_who_may(
            Right.CATEGORIES,
            rx.el.div(
                rx.el.button(
                    "Quick start 🐛 💰 🤔",
                    type="button",
                    on_click=CategoriesState.quick_start,
                    class_name="button primary",
                ),
                rx.el.button(
                    "New category",
                    type="button",
                    on_click=CategoriesState.show_form(True),
                    class_name="button",
                ),
                class_name="buttons",
            ),
        ),
    )


def _list() -> rx.Component:
    return rx.el.ul(rx.foreach(CategoriesState.rows, _item), class_name="list")


def _item(row: CategoryRow) -> rx.Component:
    return rx.el.li(
        rx.cond(
            CategoriesState.editing == row.name,
            _change_form(row),
            rx.cond(EscalationState.category == row.name, escalation_form(), _line(row)),
        ),
        key=row.name,
        class_name=rx.cond(
            (CategoriesState.editing == row.name) | (EscalationState.category == row.name),
            "list-form",
            "list-item",
        ),
    )


def _change_form(row: CategoryRow) -> rx.Component:
    state = CategoriesState
    texts = FormTexts(
        f"Change the category {row.name}",
        "Save",
        "Events keep their category. Integrations that send the old name get 404 from then on.",
    )
    return category_form(state.errors, state.change, state.edit(""), texts=texts, row=row)


def _line(row: CategoryRow) -> rx.Component:
    return rx.fragment(
        link(
            category_name(row.color, row.emoji, row.name),
            to=f"/categories/{row.name}",
            class_name="list-name",
        ),
        rx.el.div(
            _fact("Events", rx.el.span(row.events, class_name="figure")),
            _fact("Fields", rx.el.span(row.fields, class_name="figure")),
            _fact("Last ping", rx.cond(row.last_ping != "", moment(row.last_ping), "never")),
            _fact("Created", moment(row.created, "date")),
            rx.cond(row.escalates != "", _fact("Escalates", row.escalates)),
            class_name="facts",
        ),
        for_those_who_may(
            Right.CATEGORIES,
            rx.el.div(
                _button("bell-ring", "Escalate", row, EscalationState.open(row.name)),
                _button("pencil", "Change", row, CategoriesState.edit(row.name)),
                _button("trash-2", "Delete", row, CategoriesState.ask(row.name)),
                class_name="list-buttons",
            ),
        ),
    )


def _button(symbol: str, verb: str, row: CategoryRow, on_click: Any) -> rx.Component:
    return rx.el.button(
        icon(symbol, 16),
        type="button",
        on_click=on_click,
        class_name="quiet square",
        aria_label=f"{verb} the category {row.name}",
        title=verb,
    )


def _fact(label: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.span(label, class_name="fact-label"), value, class_name="fact")
