"""API keys of integrations."""

from pingpilot_app.ui.pages.keys.page import keys_page
from pingpilot_app.ui.pages.keys.state import KeysState

__all__ = ["KeysState", "keys_page"]
