"""One event in the feed."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.claim import claim_mark
from pingpilot_app.ui.components.html import link, moment
from pingpilot_app.ui.components.status import delivery_status
from pingpilot_app.ui.rows import EventRow, FieldRow


def event_row(
    row: EventRow, *beside: Any, to: Any = None, current: Any = "false", me: Any = ""
) -> rx.Component:
    """Show what happened, who is on it, and how it got to each channel.

    `to`: where it leads, if not its page. `current` is `aria-current`: which of the rows is shown
    beside the list. `me` is the viewer's id; `beside` stands next to who is on it.
    """
    return rx.el.li(
        rx.el.div(
            category_name(row.color, row.emoji, row.category),
            rx.el.span(moment(row.at), class_name="event-time"),
            class_name="event-head",
        ),
        link(
            row.description,
            to=row.path if to is None else to,
            class_name="event-text",
            custom_attrs={"dir": "auto"},
        ),
        rx.cond(
            row.fields.length() > 0,
            rx.el.dl(
                rx.foreach(row.fields, field_pair),
                rx.cond(row.more > 0, _more(row)),
                class_name="pairs",
            ),
        ),
        rx.el.div(
            *beside,
            rx.foreach(row.claims, lambda claim: claim_mark(claim, me)),
            rx.el.div(rx.foreach(row.deliveries, delivery_status), class_name="statuses"),
            class_name="event-end",
        ),
        key=row.id,
        class_name="event",
        aria_current=current,
        custom_attrs={"data-event": row.id, "data-status": row.status, "data-row": ""},
    )


def _more(row: EventRow) -> rx.Component:
    return rx.el.div(
        rx.el.dt("More fields", class_name="sr-only"),
        rx.el.dd(f"+{row.more} more"),
        class_name="pair more",
    )


def category_name(color: str, emoji: str, name: str) -> rx.Component:
    """Show the category: a dot in its colour, the emoji and the name."""
    return rx.el.span(
        rx.el.span(class_name="dot", style={"background": color}),
        rx.el.span(emoji, aria_hidden=True),
        rx.el.span(name, class_name="category-name"),
        class_name="category",
    )


def field_pair(pair: FieldRow) -> rx.Component:
    """Show a field in one line."""
    return rx.el.div(
        rx.el.dt(pair.name, dir="auto"), rx.el.dd(pair.value, dir="auto"), class_name="pair"
    )


def skeleton_rows(count: int = 6) -> rx.Component:
    """Show where rows will be."""
    return rx.el.div(
        *[rx.el.div(class_name="skeleton skeleton-row") for _ in range(count)],
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="skeletons",
        aria_busy=True,
    )


def skeleton_feed(count: int = 8) -> rx.Component:
    """Show where events will be, in the feed's own frame and at the height of its rows."""
    lines = [rx.el.div(class_name=f"skeleton skeleton-line {place}") for place in ("head", "text")]
    return rx.el.div(
        *[rx.el.div(*lines, class_name="event") for _ in range(count)],
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="feed",
        aria_busy=True,
    )
