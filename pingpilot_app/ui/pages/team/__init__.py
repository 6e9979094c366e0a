"""The people of an account."""

from pingpilot_app.ui.pages.team.invites import TeamInvitesState
from pingpilot_app.ui.pages.team.page import team_page
from pingpilot_app.ui.pages.team.state import TeamState

__all__ = ["TeamInvitesState", "TeamState", "team_page"]
