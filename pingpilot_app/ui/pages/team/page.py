"""How the page looks: a section for each thing, one under the other."""

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.pages.team.invites import invites
from pingpilot_app.ui.pages.team.members import members, members_dialogs
from pingpilot_app.ui.pages.team.state import TeamState
from pingpilot_app.ui.pages.team.walls import walls_section
from pingpilot_app.ui.template import inside

_SECTIONS = (
    members,
    invites,
    walls_section,
)


def team_page() -> rx.Component:
    """Lay out the sections, or their place while they load."""
    return inside(
        "/team",
        "Team",
        "Who sees this account, and what each may do in it.",
        rx.cond(
            TeamState.ready,
            rx.el.div(*[section() for section in _SECTIONS], class_name="team"),
            skeleton_rows(3),
        ),
        members_dialogs(),
        action=rx.cond(may(Right.ACTIVITY), _activity()),
    )


def _activity() -> rx.Component:
    return link(icon("history", 16), "Who changed what", to="/activity", class_name="button")
