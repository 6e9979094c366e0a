"""The page for addresses that lead nowhere."""

import reflex as rx

from pingpilot_app.ui.components.html import plain_link
from pingpilot_app.ui.template import outside


def not_found_page() -> rx.Component:
    """Lay out the page. Its links ask the server, which knows who is signed in (gate.py)."""
    return outside(
        rx.el.section(
            rx.el.p("404", class_name="lost-number"),
            rx.el.h1("There is no page here"),
            rx.el.p(
                "The address may be mistyped, or what it led to was deleted. "
                "Your events are where they were.",
                class_name="lead",
            ),
            rx.el.div(
                plain_link("Go to the feed", href="/feed", class_name="button primary"),
                plain_link("Overview", href="/overview", class_name="button"),
                plain_link("Read the API", href="/docs", class_name="button"),
                class_name="buttons",
            ),
            class_name="lost",
        )
    )
