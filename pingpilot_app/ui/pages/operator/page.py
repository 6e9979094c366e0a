"""How it looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.pages.operator.state import OperatorState
from pingpilot_app.ui.template import inside


def operator_page() -> rx.Component:
    """Lay out the page."""
    return inside(
        "/operator",
        "Operator",
        "The health of this PingPilot.",
        rx.cond(OperatorState.ready, rx.fragment(), skeleton_rows(3)),
    )
