"""Categories: what kinds of events there are."""

from pingpilot_app.ui.pages.categories.escalation import EscalationState
from pingpilot_app.ui.pages.categories.page import categories_page
from pingpilot_app.ui.pages.categories.state import CategoriesState

__all__ = ["CategoriesState", "EscalationState", "categories_page"]
