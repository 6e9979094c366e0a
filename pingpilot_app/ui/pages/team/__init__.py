"""Who shares the account, and the screens that show it."""

from pingpilot_app.ui.pages.team.page import team_page
from pingpilot_app.ui.pages.team.walls_state import WallsState

__all__ = ["WallsState", "team_page"]
