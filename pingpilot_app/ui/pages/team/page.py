"""How the page looks."""

import reflex as rx

from pingpilot_app.ui.pages.team.walls import walls_section
from pingpilot_app.ui.template import inside


def team_page() -> rx.Component:
    """Lay out the sections."""
    return inside("/team", "Team", "Who shares this account.", walls_section())
