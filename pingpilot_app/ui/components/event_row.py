"""One event in the feed."""

import reflex as rx

from pingpilot_app.ui.components.html import link, moment
from pingpilot_app.ui.components.status import delivery_status
from pingpilot_app.ui.rows import EventRow, FieldRow


def event_row(row: EventRow) -> rx.Component:
    """Show what happened, and how it got to each channel."""
    return rx.el.li(
        rx.el.div(
            category_name(row.color, row.emoji, row.category),
            link(moment(row.at), to=row.path, class_name="event-time"),
            class_name="event-head",
        ),
        link(row.description, to=row.path, class_name="event-text", custom_attrs={"dir": "auto"}),
        rx.cond(
            row.fields.length() > 0,
            rx.el.dl(
                rx.foreach(row.fields, field_pair),
                rx.cond(row.more > 0, rx.el.div(f"+{row.more} more", class_name="pair more")),
                class_name="pairs",
            ),
        ),
        rx.el.div(rx.foreach(row.deliveries, delivery_status), class_name="statuses"),
        key=row.id,
        class_name="event",
        custom_attrs={"data-event": row.id, "data-status": row.status},
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
    return rx.el.div(rx.el.dt(pair.name), rx.el.dd(pair.value, dir="auto"), class_name="pair")


def skeleton_rows(count: int = 6) -> rx.Component:
    """Show where rows will be."""
    return rx.el.div(
        *[rx.el.div(class_name="skeleton skeleton-row") for _ in range(count)],
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="skeletons",
        aria_busy=True,
    )
