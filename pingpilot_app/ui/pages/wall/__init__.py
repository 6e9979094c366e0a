"""A read-only feed for a screen on a wall: big, live, and for whoever has its link."""

from pingpilot_app.ui.pages.wall.page import wall_page
from pingpilot_app.ui.pages.wall.state import WallState

__all__ = ["WallState", "wall_page"]
