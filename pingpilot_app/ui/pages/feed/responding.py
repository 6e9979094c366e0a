"""Claiming and resolving an event from its row."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.delivery.responses import claim_event, release_event, resolve_event
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.event import CURSOR_PATTERN
from pingpilot_app.domain.response import Responder
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in

_ID = re.compile(CURSOR_PATTERN.strip("^$"))
_Act = Callable[[Instance, str, str, Responder], Awaitable[Any]]


class Responding(Live, mixin=True):
    """A state whose rows can be claimed, released and resolved."""

    @rx.event
    async def claim(self, event_id: str) -> Any:
        """Say that who asks is on it."""
        if await self._session() is None:
            return to_sign_in()
        return await self._respond(event_id, claim_event)

    @rx.event
    async def let_go(self, event_id: str) -> Any:
        """Say that nobody is on it any more."""
        if await self._session() is None:
            return to_sign_in()
        return await self._respond(event_id, release_event)

    @rx.event
    async def resolve(self, event_id: str) -> Any:
        """Say that it is done."""
        if await self._session() is None:
            return to_sign_in()
        return await self._respond(event_id, resolve_event)

    async def _respond(self, event_id: str, act: _Act) -> Any:
        session = await self._session()
        if session is None or not isinstance(event_id, str) or not _ID.fullmatch(event_id):
            return None
        try:
            await act(current(), session.account_id, event_id, session.responder)
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        await self._show()
        return None
