"""How it looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.pages.category.state import CategoryState
from pingpilot_app.ui.template import inside


def category_page() -> rx.Component:
    """Lay out the page."""
    return inside(
        "/categories",
        "Category",
        "What happens in one category.",
        rx.cond(CategoryState.ready, rx.fragment(), skeleton_rows(3)),
    )
