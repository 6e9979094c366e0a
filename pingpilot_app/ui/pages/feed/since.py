"""What is new since somebody was here last, and who else is here now."""

import reflex as rx

from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.pages.feed.reading import COUNTED
from pingpilot_app.ui.pages.feed.state import FeedState
from pingpilot_app.ui.pages.feed.visit import Face


def while_away() -> rx.Component:
    """Say how many events came while they were away, and lead to where they had read."""
    count = rx.cond(FeedState.away >= COUNTED, f"{COUNTED - 1}+", f"{FeedState.away}")
    return rx.el.div(
        rx.cond(
            (FeedState.away > 0) & ~FeedState.filtered,
            rx.el.div(
                rx.el.p(rx.el.strong(count, class_name="figure"), " while you were away"),
                rx.el.button(
                    "Go to where you were",
                    icon("arrow-down", 14),
                    type="button",
                    on_click=FeedState.jump,
                    class_name="button small",
                    custom_attrs={"data-to-line": ""},
                ),
                rx.el.button(
                    icon("x", 15),
                    type="button",
                    on_click=FeedState.dismiss,
                    class_name="quiet square",
                    aria_label="Dismiss",
                ),
                class_name="while-away",
            ),
        ),
        role="status",
    )


def unread_line(event_id: rx.Var[str]) -> rx.Component:
    """Draw the line above the event that it belongs above, if it is this one."""
    return rx.cond(
        FeedState.line == event_id,
        rx.el.div(
            rx.el.span("New since your last visit", icon("arrow-up", 12)), class_name="unread-line"
        ),
    )


def company() -> rx.Component:
    """Show who else watches: some letters, and a sentence; all names for who hears it, on hover."""
    return rx.el.div(
        rx.cond(
            FeedState.company != "",
            rx.el.div(
                rx.el.span(
                    rx.foreach(FeedState.faces, _face), class_name="faces", aria_hidden=True
                ),
                rx.el.span(FeedState.company, aria_hidden=True, dir="auto"),
                rx.el.span("Also watching now: ", FeedState.everybody, class_name="sr-only"),
                title=FeedState.everybody,
                class_name="company",
            ),
        ),
        class_name="company-place",
    )


def _face(face: Face) -> rx.Component:
    return rx.el.span(face.initial, class_name="face")
