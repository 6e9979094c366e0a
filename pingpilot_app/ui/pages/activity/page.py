"""How it looks; what it shows is in state.py."""

import reflex as rx

from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.ui.activity import acts_list, turner
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.pages.activity.state import ActivityState
from pingpilot_app.ui.template import empty, inside


def activity_page() -> rx.Component:
    """Lay out the list, the newest first."""
    state = ActivityState
    return inside(
        "/activity",
        "Activity",
        "Who changed what in this account, when, and from where.",
        rx.cond(
            state.ready,
            rx.cond(
                state.rows,
                rx.fragment(
                    acts_list(state.rows, "Activity"),
                    turner(state.newer, state.older, state.has_newer, state.has_older),
                ),
                rx.cond(may(Right.ACTIVITY), _none(), _not_for_you()),
            ),
            skeleton_rows(6),
        ),
    )


def _none() -> rx.Component:
    return empty(
        "history",
        "Nothing was changed yet",
        "Every change stands here: categories, keys, channels, settings, sign-ins. Also those "
        "that a key, an operator or the command line makes.",
        link("Set up a channel", to="/channels", class_name="button"),
    )


def _not_for_you() -> rx.Component:
    return empty(
        "eye-off",
        f"For {holders_of(Right.ACTIVITY)}",
        "Here they see who changed what, when, and from where. What happened to your events is in "
        "the feed.",
        link("Go to the feed", to="/feed", class_name="button"),
    )
