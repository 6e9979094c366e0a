"""What people do about an event: claim it, resolve it, talk about it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar

import reflex as rx
from reflex.event import EventSpec

from pingpilot_app.delivery import responses
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered
from pingpilot_app.ui.session import Guarded, to_sign_in

EVENT_ID = re.compile("evt_[0-9a-z]{26}")
ENTERED_MAX = 10_000  # characters that are looked at; the refusal tells how many there are


class ConversationState(Guarded, rx.State):
    """What is done here is seen by EventState, in all tabs that show the event."""

    access: ClassVar[Needed] = Right.RESPOND

    sent: int = 0  # comments that were taken: with each, the box is emptied
    resolved: int = 0  # the same with notes

    @rx.event
    async def claim(self, event_id: str) -> Any:
        """Be on it, perhaps in somebody's place."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        return await _refusal_of(responses.claim_event, session, event_id)

    @rx.event
    async def release(self, event_id: str) -> Any:
        """Let it go."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        return await _refusal_of(responses.release_event, session, event_id)

    @rx.event
    async def resolve(self, form: dict[str, Any]) -> Any:
        """Say that it is done, perhaps with a note."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        given = entered(form, "event"), entered(form, "note", longest=ENTERED_MAX)
        refusal = await _refusal_of(responses.resolve_event, session, *given)
        self.resolved += refusal is None
        return refusal

    @rx.event
    async def reopen(self, event_id: str) -> Any:
        """Say that it is not done after all."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        return await _refusal_of(responses.reopen_event, session, event_id)

    @rx.event
    async def comment(self, form: dict[str, Any]) -> Any:
        """Say something about it."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        given = entered(form, "event"), entered(form, "comment", longest=ENTERED_MAX)
        refusal = await _refusal_of(responses.comment_on_event, session, *given)
        self.sent += refusal is None
        return refusal


async def _refusal_of(
    act: Callable[..., Awaitable[object]], session: SessionView, event_id: str, *given: str
) -> EventSpec | None:
    """Do it; return the toast that says why not, None where it is done."""
    if not isinstance(event_id, str) or not EVENT_ID.fullmatch(event_id):
        return toast.error("There is no event with this id in your account.")
    try:
        await act(current(), session.account_id, event_id, session.responder, *given)
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    return None
