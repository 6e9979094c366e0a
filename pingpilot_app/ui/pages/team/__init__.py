"""The people of an account."""

from pingpilot_app.ui.pages.team.invites import TeamInvitesState
from pingpilot_app.ui.pages.team.page import team_page
from pingpilot_app.ui.pages.team.state import TeamState
from pingpilot_app.ui.pages.team.walls_state import WallsState

__all__ = ["TeamInvitesState", "TeamState", "WallsState", "team_page"]
