"""How the page of an event looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.pages.event.detail import detail, questions
from pingpilot_app.ui.pages.event.state import EventDetail, EventState
from pingpilot_app.ui.template import empty, inside


def event_page() -> rx.Component:
    """Lay out the event."""
    state = EventState
    return inside(
        "/events",
        "Event",
        "What came in, and every try to bring it to you.",
        rx.cond(
            state.ready,
            rx.cond(state.found, rx.foreach(state.found, detail), not_found()),
            skeleton_rows(4),
        ),
        questions(),
        action=rx.el.div(rx.foreach(state.found, _around), class_name="buttons"),
        trail=[("Feed", "/feed")],
    )


def not_found() -> rx.Component:
    """Say that there is nothing, for an id that is not one as for one of another account."""
    return empty(
        "search-x",
        "There is no such event here",
        "It belongs to another account, or it was deleted: with its category, or when it was older "
        "than your plan keeps events.",
        link("Go to the feed", to="/feed", class_name="button primary"),
    )


def _around(found: EventDetail) -> rx.Component:
    return rx.fragment(
        _neighbour(found.newer, "Newer", "chevron-up", "k"),
        _neighbour(found.older, "Older", "chevron-down", "j"),
    )


def _neighbour(path: str, name: str, symbol: str, key: str) -> rx.Component:
    return rx.cond(
        path != "",
        link(
            icon(symbol, 15),
            name,
            to=path,
            class_name="button",
            aria_keyshortcuts=key,
            custom_attrs={"data-key": key},
        ),
        rx.el.span(icon(symbol, 15), name, class_name="button", aria_disabled=True),
    )
