"""What is for operators alone: others get no data, and their handlers do nothing."""

from typing import Any

from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in


class ForOperators(Live, mixin=True):
    """A live state of the operator's page. `allowed`: the viewer is an operator."""

    allowed: bool = False

    async def _look(self) -> None:
        """Set the vars; called for operators alone."""
        raise NotImplementedError

    def _topic(self, _session: SessionView) -> str:
        return "operator"  # nobody's account: this page looks by itself, every `again` seconds

    async def _load(self, session: SessionView) -> None:
        if not session.is_operator:
            self.reset()  # type: ignore[no-untyped-call]  # Reflex's, without annotations
            return
        self.allowed = True
        await self._look()

    async def _turned_away(self) -> Any:
        """Return what a handler answers to somebody who is no operator; None: it may go on."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not session.is_operator:
            return toast.error("Only operators of this PingPilot may do this.")
        return None
