"""The health of this PingPilot."""

import reflex as rx

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live


class OperatorState(Live, rx.State):
    """The health of this PingPilot."""

    async def _load(self, session: SessionView) -> None:
        pass
