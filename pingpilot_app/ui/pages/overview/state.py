"""What happened, and what needs you."""

import reflex as rx

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live


class OverviewState(Live, rx.State):
    """What happened, and what needs you."""

    async def _load(self, session: SessionView) -> None:
        pass
