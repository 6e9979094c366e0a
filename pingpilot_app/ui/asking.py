"""The question before something that cannot be taken back."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import reflex as rx

from pingpilot_app.ui.session import Guarded, to_sign_in


class Loss(NamedTuple):
    """What is asked about: what the handler needs to know it by, its name, and what goes."""

    key: str
    name: str
    text: str


class Asking(Guarded, mixin=True):
    """A state with a dialog that names what goes. `doomed` is empty while it is closed."""

    doomed: str = ""
    doomed_name: str = ""
    doomed_text: str = ""

    def _losses(self) -> list[Loss]:
        """Return what can be asked about: the rows that are shown."""
        raise NotImplementedError

    async def _go_ahead(self, act: Callable[[str, str], Awaitable[Any]]) -> Any:
        """Close the dialog and call `act(account_id, doomed)`, if there was a question at all."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        doomed, self.doomed = self.doomed, ""
        return await act(session.account_id, doomed) if doomed else None

    @rx.event
    async def ask(self, key: str) -> Any:
        """Open the dialog."""
        if await self._session() is None:
            return to_sign_in()
        for loss in self._losses():
            if loss.key == key:
                self.doomed, self.doomed_name, self.doomed_text = loss
        return None

    @rx.event
    async def keep(self) -> Any:
        """Close the dialog and change nothing."""
        if await self._session() is None:
            return to_sign_in()
        self.doomed = ""
        return None
