"""The page for addresses that lead nowhere."""

import reflex as rx

from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.template import empty, outside


def not_found_page() -> rx.Component:
    """Lay out the page."""
    return outside(
        empty(
            "compass",
            "There is no page here",
            "The address may be mistyped, or the page has moved.",
            link("Go home", to="/", class_name="button primary"),
        )
    )
