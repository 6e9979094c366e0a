"""How it looks; what it shows is in state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.audit_kinds import KINDS
from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.ui.activity import acts_list
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, link, plain_link
from pingpilot_app.ui.pages.activity.filters import FIRST, LAST, TEXT_MAX
from pingpilot_app.ui.pages.activity.state import ActivityState
from pingpilot_app.ui.paging import turner
from pingpilot_app.ui.template import empty, inside


def activity_page() -> rx.Component:
    """Lay out the filters and the list, the newest first."""
    state = ActivityState
    return inside(
        "/activity",
        "Activity",
        "Who changed what in this account, when, and from where.",
        rx.cond(
            state.ready,
            rx.cond(state.allowed, rx.fragment(_filters(), _acts()), _not_for_you()),
            skeleton_rows(6),
        ),
        action=rx.cond(state.ready & state.allowed, _files()),
    )


def _acts() -> rx.Component:
    state = ActivityState
    return rx.cond(
        state.rows,
        rx.fragment(acts_list(state.rows, "Activity"), turner(state, "Pages of activity")),
        rx.cond(state.filtered, _nothing_like_it(), _none()),
    )


def _filters() -> rx.Component:
    state = ActivityState
    return rx.el.form(
        _choice("Who", "who", "Anybody", [_option(state.actors)], state.who),
        _choice("What", "kind", "Anything", _kinds(), state.kind),
        _entry("Done to", "q", "search", state.text, max_length=TEXT_MAX, placeholder="Any name"),
        _entry("From", "since", "date", state.since, **_DAYS),
        _entry("To", "until", "date", state.until, **_DAYS),
        rx.el.div(
            rx.el.button("Filter", type="submit", class_name="button"),
            rx.cond(state.filtered, link("Clear", to="/activity", class_name="button")),
            class_name="buttons",
        ),
        key=state.address,  # another address fills the fields anew
        on_submit=state.narrow,
        role="search",
        aria_label="Filters",
        class_name="act-filters",
    )


_DAYS = {"min": FIRST.isoformat(), "max": LAST.isoformat()}


def _kinds() -> list[rx.Component]:
    return [rx.el.option(kind.label, value=name) for name, kind in KINDS.items()]


def _option(names: Any) -> rx.Component:
    return rx.foreach(names, lambda name: rx.el.option(name, value=name))


def _choice(
    label: str, name: str, every: str, options: list[rx.Component], chosen: Any
) -> rx.Component:
    return rx.el.label(
        rx.el.span(label),
        rx.el.select(rx.el.option(every, value=""), *options, name=name, default_value=chosen),
    )


def _entry(label: str, name: str, kind: str, value: Any, **props: Any) -> rx.Component:
    return rx.el.label(
        rx.el.span(label),
        rx.el.input(name=name, type=kind, default_value=value, auto_complete="off", **props),
    )


def _files() -> rx.Component:
    """Lead to what is shown, all pages of it, as a file; the browser itself takes it."""
    return rx.el.div(
        _file("CSV", ActivityState.csv),
        _file("JSON", ActivityState.json),
        role="group",
        aria_label="Export what is shown",
        class_name="buttons",
    )


def _file(name: str, address: Any) -> rx.Component:
    return plain_link(
        icon("download", 15),
        name,
        href=address,
        aria_label=f"Export what is shown as {name}",
        class_name="button",
        custom_attrs={"download": ""},  # else the browser would take it for leaving the page
    )


def _not_for_you() -> rx.Component:
    return empty(
        "history",
        f"For {holders_of(Right.ACTIVITY)}",
        "Here stands who changed what, and from which address. Ask one of them where you need "
        "to know.",
        link("See who they are", to="/team", class_name="button"),
    )


def _nothing_like_it() -> rx.Component:
    return empty(
        "filter-x",
        "Nothing matches",
        "Nobody did anything that has all of this.",
        link("Show all", to="/activity", class_name="button"),
    )


def _none() -> rx.Component:
    return empty(
        "history",
        "Nothing was changed yet",
        "Every change stands here: categories, keys, channels, settings, sign-ins. Also those "
        "that a key, an operator or the command line makes.",
        link("Set up a channel", to="/channels", class_name="button"),
    )
