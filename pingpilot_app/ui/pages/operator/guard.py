"""What is for operators alone: others get no data, and their handlers do nothing."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.errors import Unauthorized
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.guard import refusal
from pingpilot_app.ui.live import Live


class ForOperators(Live, mixin=True):
    """A live state of the operator's page. `allowed`: the viewer is an operator."""

    access: ClassVar[Needed] = Access.OPERATORS
    # It tells others that there is nothing for them here.
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Access.SIGNED_IN}

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

    async def _actor(self) -> Actor:
        """Return what the audit log calls the operator; called after `_turned_away`."""
        session = await self._session()
        if session is None:
            raise Unauthorized("Sign in again.")  # the session ended this very moment
        return session.actor

    async def _turned_away(self) -> Any:
        """Return what a handler answers to somebody who is no operator; None: it may go on."""
        return refusal(Access.OPERATORS, await self._session())
