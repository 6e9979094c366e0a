"""You, and this account."""

from pingpilot_app.ui.pages.settings.browsers import BrowsersState
from pingpilot_app.ui.pages.settings.invites import InvitesState
from pingpilot_app.ui.pages.settings.page import settings_page
from pingpilot_app.ui.pages.settings.second_factor_state import SecondFactorState
from pingpilot_app.ui.pages.settings.secure import secure_page
from pingpilot_app.ui.pages.settings.state import SettingsState

__all__ = [
    "BrowsersState",
    "InvitesState",
    "SecondFactorState",
    "SettingsState",
    "secure_page",
    "settings_page",
]
