"""The table of a category's events."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.html import icon, link, moment, plain_link
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.components.status import status_badge
from pingpilot_app.ui.pages.category.listing import Column, Row
from pingpilot_app.ui.pages.category.state import CategoryState
from pingpilot_app.ui.template import empty


def events_table() -> rx.Component:
    """Show the events of the period, what narrows them and where they can be had as files."""
    state = CategoryState
    return rx.el.section(
        rx.el.header(rx.el.h2("Events"), _tools(), class_name="table-head"),
        rx.cond(
            state.rows.length() > 0,
            rx.fragment(_table(), _pages()),
            rx.cond(state.text != "", _no_match(), _none()),
        ),
        id="events",
        class_name="table-section",
        aria_busy=state.busy,
    )


def _tools() -> rx.Component:
    state = CategoryState
    return rx.el.div(
        rx.el.div(
            icon("search", 15),
            rx.el.input(
                type="search",
                key=state.box,
                default_value=state.text,
                on_change=state.search.debounce(300),
                placeholder="Search these events",
                max_length=200,
                aria_label="Search the events of this period",
                custom_attrs={"data-search": ""},
            ),
            class_name="search-box",
        ),
        for_those_who_may(
            Right.EXPORT,
            rx.el.div(
                _file("CSV", state.csv),
                _file("JSON", state.json_file),
                class_name="buttons",
                role="group",
                aria_label="Export these events",
            ),
        ),
        class_name="table-tools",
    )


def _file(name: str, address: Any) -> rx.Component:
    return plain_link(
        icon("download", 14),
        name,
        href=address,
        class_name="button",
        aria_label=f"Export these events as {name}",
    )


def _table() -> rx.Component:
    state = CategoryState
    return rx.el.div(
        rx.cond(state.waiting != "", _waiting()),
        rx.el.div(
            rx.el.table(
                rx.el.caption("Events of this period", class_name="sr-only"),
                rx.el.thead(rx.el.tr(rx.foreach(state.columns, _header))),
                rx.el.tbody(rx.foreach(state.rows, _row), custom_attrs={"data-keys": "list"}),
                class_name="events-table",
            ),
            class_name="table-scroll",
            role="region",
            tab_index=0,
            aria_label="Events of this period",
            on_mouse_enter=state.hold,
            on_mouse_leave=state.release,
        ),
        rx.cond(
            state.all_columns,
            rx.fragment(),
            rx.el.p(
                "The table shows the hundred fields that most events have; an export has all.",
                class_name="hint",
            ),
        ),
        class_name="table-frame",
    )


def _waiting() -> rx.Component:
    return rx.el.button(
        CategoryState.waiting,
        type="button",
        on_click=CategoryState.show_new,
        class_name="new-events",
        aria_live="polite",
    )


def _header(column: Column) -> rx.Component:
    return rx.el.th(
        rx.el.button(
            rx.el.span(column.name, class_name="column-name", dir="auto"),
            rx.match(
                column.sort,
                ("ascending", icon("arrow-up", 13)),
                ("descending", icon("arrow-down", 13)),
                rx.el.span(icon("arrow-up-down", 13), class_name="sortable"),
            ),
            type="button",
            on_click=CategoryState.sort_by(column.key),
            title=column.name,
        ),
        key=column.key,
        scope="col",
        class_name=rx.cond(column.number, "number", ""),
        aria_sort=column.sort,
    )


def _row(row: Row) -> rx.Component:
    return rx.el.tr(
        rx.el.th(link(moment(row.at), to=row.path), scope="row"),
        rx.el.td(status_badge(row.status)),
        rx.el.td(
            rx.el.div(link(row.description, to=row.path, tab_index=-1), dir="auto"),
            class_name="wide",
        ),
        rx.foreach(row.cells, _cell),
        key=row.id,
        custom_attrs={"data-row": row.id},
    )


def _cell(text: rx.Var, index: rx.Var) -> rx.Component:
    number = CategoryState.columns[index + 3].number
    return rx.el.td(
        rx.el.div(text, dir="auto", title=text), class_name=rx.cond(number, "number", "")
    )


def _pages() -> rx.Component:
    state = CategoryState
    return rx.el.nav(
        rx.cond(
            state.first != "",
            link(icon("arrow-left-to-line", 15), "First page", to=state.first, class_name="button"),
        ),
        rx.cond(
            state.older != "",
            link("Next page", icon("arrow-right", 15), to=state.older, class_name="button"),
        ),
        class_name="pages",
        aria_label="Pages of the table",
    )


def _no_match() -> rx.Component:
    return empty(
        "search-x",
        "Nothing matches",
        "No event of this period has these words. Words match from their beginning.",
        rx.el.button(
            "Clear the search", type="button", on_click=CategoryState.clear, class_name="button"
        ),
    )


def _none() -> rx.Component:
    state = CategoryState
    return rx.cond(
        state.first != "",
        empty(
            "inbox",
            "No more events",
            "What was on this page is gone.",
            link("First page", to=state.first, class_name="button"),
        ),
        empty(
            "inbox",
            "Nothing in this period yet",
            "The next event appears here by itself. Earlier ones are in a longer period.",
        ),
    )
