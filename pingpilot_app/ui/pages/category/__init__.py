"""What happens in one category."""

from pingpilot_app.ui.pages.category.page import category_page
from pingpilot_app.ui.pages.category.state import CategoryState

__all__ = ["CategoryState", "category_page"]
