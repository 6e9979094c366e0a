"""What happened, and what needs you."""

from pingpilot_app.ui.pages.overview.page import overview_page
from pingpilot_app.ui.pages.overview.state import OverviewState

__all__ = ["OverviewState", "overview_page"]
