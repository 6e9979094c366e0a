"""You, and this account."""

import reflex as rx

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live


class SettingsState(Live, rx.State):
    """You, and this account."""

    async def _load(self, session: SessionView) -> None:
        pass
