"""How the overview looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui import onboarding
from pingpilot_app.ui.components.channel import channel_icon
from pingpilot_app.ui.components.charts import chart_skeleton, status_chart
from pingpilot_app.ui.components.event_row import category_name
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.navigation import quota_bar
from pingpilot_app.ui.components.rights import may, may_not
from pingpilot_app.ui.components.stat import stat_card
from pingpilot_app.ui.pages.overview.concerns import Concern
from pingpilot_app.ui.pages.overview.figures import CategoryCard, ChannelCard
from pingpilot_app.ui.pages.overview.state import OverviewState, SpanTab
from pingpilot_app.ui.shell import ShellState
from pingpilot_app.ui.template import empty, inside


def overview_page() -> rx.Component:
    """Lay out the page."""
    state = OverviewState
    return inside(
        "/overview",
        "Overview",
        "What happened, and what needs you.",
        onboarding.checklist(),
        rx.cond(state.ready, _overview(), _skeleton()),
    )


def _overview() -> rx.Component:
    state = OverviewState
    return rx.el.div(
        _concerns(),
        rx.el.section(
            rx.el.header(rx.el.h2("Events over time"), _tabs(), class_name="table-head"),
            status_chart(
                state.bars, state.bars_total, state.bars_summary, "Events over time, by status"
            ),
            class_name="card",
        ),
        rx.el.section(
            rx.el.h2("Channels"),
            rx.el.div(rx.foreach(state.channels, _channel), class_name="stats three"),
            class_name="table-section",
        ),
        _quota(),
        rx.el.section(
            rx.el.h2("Categories"),
            rx.cond(
                state.categories.length() > 0,
                rx.el.ul(rx.foreach(state.categories, _category), class_name="category-cards"),
                _no_categories(),
            ),
            class_name="table-section",
        ),
        class_name="stack",
    )


def _tabs() -> rx.Component:
    return rx.el.nav(
        rx.foreach(OverviewState.tabs, _tab), class_name="segmented", aria_label="Period"
    )


def _tab(tab: SpanTab) -> rx.Component:
    here = rx.cond(tab.here, "true", "false")
    return link(tab.label, to=tab.path, aria_current=here, prevent_scroll_reset=True)


def _concerns() -> rx.Component:
    concerns = OverviewState.concerns
    return rx.el.section(
        rx.el.h2("Needs attention"),
        rx.cond(
            concerns.length() > 0,
            rx.el.ul(rx.foreach(concerns, _concern), class_name="concerns"),
            rx.el.p(icon("check", 16), "Nothing needs you now.", class_name="all-well"),
        ),
        class_name="table-section",
    )


def _concern(concern: Concern) -> rx.Component:
    return rx.el.li(
        icon("triangle-alert", 17),
        rx.el.div(
            rx.el.h3(concern.title),
            rx.el.p(
                concern.text,
                rx.cond(concern.since != "", rx.fragment(" ", moment(concern.since), ".")),
                rx.cond(concern.words != "", rx.fragment(" ", rx.el.q(concern.words))),
            ),
        ),
        link(
            rx.cond(
                (concern.kind == "broken") & may_not(Right.CHANNELS), "Look at it", concern.action
            ),
            to=concern.path,
            class_name="button small",
        ),
        key=f"{concern.kind} {concern.title}",
        class_name="concern",
        custom_attrs={"data-kind": concern.kind},
    )


def _channel(card: ChannelCard) -> rx.Component:
    name = rx.el.span(channel_icon(card.channel), card.channel, class_name="channel-name")
    return stat_card(name, card.rate, card.note)


def _quota() -> rx.Component:
    state = OverviewState
    return rx.el.section(
        rx.el.h2("Quota"),
        rx.el.div(
            rx.el.span("Events this month"),
            rx.el.strong(ShellState.quota_text, class_name="figure"),
            class_name="quota-line",
        ),
        rx.cond(ShellState.limit > 0, quota_bar()),
        rx.el.p(state.forecast_text, class_name="hint"),
        class_name="card quota-card",
    )


def _category(card: CategoryCard) -> rx.Component:
    return rx.el.li(
        link(
            category_name(card.color, card.emoji, card.name),
            rx.el.dl(
                _fact("Events this month", card.events),
                _fact("Fields this month", card.fields),
                _fact("Last ping", rx.cond(card.last_ping != "", moment(card.last_ping), "never")),
                _fact("Created", moment(card.created, "date")),
            ),
            to=card.path,
            class_name="card category-card",
            style={"--edge": card.color},
        ),
        key=card.name,
    )


def _fact(name: str, value: rx.Var | rx.Component) -> rx.Component:
    return rx.el.div(rx.el.dt(name), rx.el.dd(value, class_name="figure"))


def _no_categories() -> rx.Component:
    return empty(
        "tags",
        "No categories yet",
        rx.cond(
            may(Right.CATEGORIES),
            "Each kind of event has its card here, with what happened in it. Make the first one.",
            "Each kind of event has its card here, with what happened in it.",
        ),
        link("Go to the categories", to="/categories", class_name="button primary"),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="skeleton concern-skeleton"),
        chart_skeleton(),
        rx.el.div(
            *[rx.el.div(class_name="skeleton stat-skeleton") for _ in range(3)],
            class_name="stats three",
        ),
        rx.el.div(
            *[rx.el.div(class_name="skeleton category-skeleton") for _ in range(3)],
            class_name="category-cards",
        ),
        class_name="stack",
        aria_busy=True,
    )
