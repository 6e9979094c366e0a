"""How it looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.pages.overview.state import OverviewState
from pingpilot_app.ui.template import inside


def overview_page() -> rx.Component:
    """Lay out the page."""
    return inside(
        "/overview",
        "Overview",
        "What happened, and what needs you.",
        rx.cond(OverviewState.ready, rx.fragment(), skeleton_rows(3)),
    )
