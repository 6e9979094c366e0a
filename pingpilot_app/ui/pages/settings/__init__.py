"""You, and this account."""

from pingpilot_app.ui.pages.settings.page import settings_page
from pingpilot_app.ui.pages.settings.state import SettingsState

__all__ = ["SettingsState", "settings_page"]
