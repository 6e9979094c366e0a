"""Who changed what, when, from where."""

from pingpilot_app.ui.pages.activity.page import activity_page
from pingpilot_app.ui.pages.activity.state import ActivityState

__all__ = ["ActivityState", "activity_page"]
