"""How the page of a category looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.charts import chart_skeleton, status_chart
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.rights import for_those_who_may, may
from pingpilot_app.ui.components.snippet import PLACEHOLDER, snippet
from pingpilot_app.ui.components.stat import stat_card
from pingpilot_app.ui.pages.category.figures import FieldCard
from pingpilot_app.ui.pages.category.state import CategoryState, Tab
from pingpilot_app.ui.pages.category.table import events_table
from pingpilot_app.ui.template import empty, inside

CARDS_AT_ONCE = 12  # the others unfold, so that chart and table are not far below


def category_page() -> rx.Component:
    """Lay out the category."""
    state = CategoryState
    return inside(
        "/categories",
        rx.cond(state.ready & ~state.missing, _name(), "Category"),
        "What happens in this category, by your own clock.",
        rx.cond(
            state.ready,
            rx.cond(state.missing, _not_found(), rx.cond(state.started, _figures(), _listening())),
            _skeleton(),
        ),
        trail=[("Categories", "/categories")],
        action=rx.cond(
            state.ready,
            rx.cond(state.started & ~state.missing, _tabs(), rx.fragment()),
            rx.el.div(class_name="skeleton tabs-skeleton"),
        ),
    )


def _name() -> rx.Component:
    state = CategoryState
    return rx.el.span(
        rx.el.span(class_name="dot", style={"background": state.color}),
        rx.el.span(state.emoji, aria_hidden=True),
        rx.el.span(state.name, class_name="category-title"),
        class_name="category",
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        rx.foreach(CategoryState.tabs, _tab), class_name="segmented", aria_label="Period"
    )


def _tab(tab: Tab) -> rx.Component:
    here = rx.cond(tab.here, "true", "false")
    return link(tab.label, to=tab.path, aria_current=here, prevent_scroll_reset=True)


def _not_found() -> rx.Component:
    return rx.el.div(
        empty(
            "search-x",
            "There is no such category here",
            "It belongs to another account, or it was deleted or renamed.",
            link("Go to the categories", to="/categories", class_name="button primary"),
        ),
        custom_attrs={"data-kind": "not-found"},
    )


def _listening() -> rx.Component:
    state = CategoryState
    return rx.el.section(
        rx.el.h2(rx.cond(may(Right.KEYS), "Send the first event", "Nothing has come in yet")),
        rx.el.p(
            "Figures, a chart and a table with a column for each field appear here by themselves.",
            class_name="lead",
        ),
        for_those_who_may(
            Right.KEYS,
            snippet(state.command),
            rx.el.p(
                "Put your key in the place of ",
                rx.el.code(PLACEHOLDER),
                ". It is shown once, when you ",
                link("make it", to="/keys"),
                ".",
                class_name="hint",
            ),
        ),
        rx.el.p(
            rx.el.span(class_name="listening-dot"),
            "Listening for your first event…",
            class_name="listening",
        ),
        class_name="start",
    )


def _figures() -> rx.Component:
    state = CategoryState
    return rx.el.div(
        rx.el.section(
            rx.el.h2("Totals", class_name="sr-only"),
            stat_card("Events", state.counts["total"]),
            stat_card("Delivered", state.counts["delivered"]),
            stat_card("Pending", state.counts["pending"]),
            stat_card("Failed", state.counts["failed"]),
            class_name="stats",
        ),
        rx.el.section(
            rx.el.h2("Events over time"),
            status_chart(
                state.bars, state.bars_total, state.bars_summary, "Events over time, by status"
            ),
            class_name="card",
        ),
        rx.cond(state.cards.length() > 0, _fields()),
        events_table(),
        class_name="stack",
    )


def _fields() -> rx.Component:
    cards = CategoryState.cards
    return rx.el.section(
        rx.el.h2("Numbers"),
        rx.el.div(rx.foreach(cards[:CARDS_AT_ONCE], _card), class_name="field-cards"),
        rx.cond(
            cards.length() > CARDS_AT_ONCE,
            rx.el.details(
                rx.el.summary(
                    icon("chevron-down", 15), f"Show all {cards.length()}", class_name="button"
                ),
                rx.el.div(rx.foreach(cards[CARDS_AT_ONCE:], _card), class_name="field-cards"),
                class_name="more-cards",
            ),
        ),
        class_name="table-section",
    )


def _card(card: FieldCard) -> rx.Component:
    return rx.el.article(
        rx.el.h3(card.name, dir="auto", title=card.name),
        rx.el.dl(
            _figure("Sum", card.total),
            _figure("Average", card.average),
            _figure("Min", card.least),
            _figure("Max", card.greatest),
        ),
        rx.el.p("in ", card.count, class_name="hint"),
        key=card.name,
        class_name="card field-card",
    )


def _figure(name: str, value: rx.Var) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value, title=value, class_name="figure"))


def _skeleton() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            *[rx.el.div(class_name="skeleton stat-skeleton") for _ in range(4)], class_name="stats"
        ),
        chart_skeleton(),
        skeleton_rows(5),
        class_name="stack",
    )
