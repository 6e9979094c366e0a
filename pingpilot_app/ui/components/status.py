"""The state of a delivery, told by word, shape and colour."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.rows import DeliveryRow, OutageRow


def status_mark(status: Any) -> rx.Component:
    """Show the shape: a check, a cross, a dashed ring."""
    return rx.match(
        status,
        ("DELIVERED", icon("check", 13)),
        ("FAILED", icon("x", 13)),
        icon("loader", 13),
    )


def status_badge(status: Any) -> rx.Component:
    """Show a state alone."""
    return rx.el.span(
        status_mark(status),
        rx.el.span(status, class_name="status-word"),
        class_name="status",
        custom_attrs={"data-status": status},
    )


def outage_note(outage: OutageRow) -> rx.Component:
    """Say what is not being tried since when, and in whose words."""
    return rx.el.p(
        outage.text,
        " ",
        moment(outage.since, "time"),
        rx.cond(outage.words != "", rx.fragment(": ", rx.el.q(outage.words))),
        ".",
        class_name="outage",
    )


def delivery_status(delivery: DeliveryRow) -> rx.Component:
    """Show one channel's state; where it failed, the provider's words unfold."""
    label = (
        status_mark(delivery.status),
        rx.el.span(delivery.channel),
        rx.el.span(delivery.status, class_name="status-word"),
    )
    return rx.cond(
        delivery.words != "",
        rx.el.details(
            rx.el.summary(*label, class_name="status", title=delivery.words),
            rx.el.p(rx.el.q(delivery.words), " ", delivery.hint, class_name="words"),
            class_name="status-details",
            custom_attrs={"data-status": delivery.status},
        ),
        rx.el.span(*label, class_name="status", custom_attrs={"data-status": delivery.status}),
    )
