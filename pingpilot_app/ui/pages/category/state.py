"""What happens in one category."""

import reflex as rx

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live


class CategoryState(Live, rx.State):
    """What happens in one category."""

    async def _load(self, session: SessionView) -> None:
        pass
