"""How it looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.pages.settings.state import SettingsState
from pingpilot_app.ui.template import inside


def settings_page() -> rx.Component:
    """Lay out the page."""
    return inside(
        "/settings",
        "Settings",
        "You, and this account.",
        rx.cond(SettingsState.ready, rx.fragment(), skeleton_rows(3)),
    )
