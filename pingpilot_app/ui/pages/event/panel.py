"""An event beside the feed: the same as on its page, narrow and scrolling by itself."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.pages.event.detail import detail, questions
from pingpilot_app.ui.pages.event.page import not_found
from pingpilot_app.ui.pages.event.state import EventDetail, EventState


def event_panel(address: Any) -> rx.Component:
    """Lay out the event that the address names; `address` leads to the list without it."""
    return rx.el.aside(
        rx.el.header(
            rx.el.h2("Event"),
            rx.el.div(
                rx.foreach(EventState.found, _open),
                link(
                    icon("x", 17),
                    to=address,
                    class_name="quiet square",
                    aria_label="Close the event",
                    aria_keyshortcuts="Escape",
                    title="Close (Esc)",
                    custom_attrs={"data-key": "Escape"},
                ),
                class_name="panel-steps",
            ),
            class_name="panel-head",
        ),
        rx.cond(
            EventState.ready,
            rx.cond(EventState.found, rx.foreach(EventState.found, detail), not_found()),
            _skeleton(),
        ),
        questions(),
        class_name="event-panel",
        aria_label="Event",
    )


def _open(found: EventDetail) -> rx.Component:
    path = f"/events/{found.event.id}"
    return link(icon("maximize-2", 14), "Open the page", to=path, class_name="quiet")


def _skeleton() -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="skeleton skeleton-event"),
        rx.el.div(class_name="skeleton skeleton-card"),
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="skeletons",
        aria_busy=True,
    )
