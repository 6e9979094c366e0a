"""The check that every event passes before its handler runs, whoever sent it.

Reflex calls it for each event of the socket and for each one that a handler leads to, background
ones too. A refused event changes nothing: the person is told where there is one, else it is quiet.
"""

import logging
from typing import Any

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Access, Needed, endpoint_of
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.session import session_of, to_sign_in
from pingpilot_app.ui.throttle import Allowance

logger = logging.getLogger(__name__)

_told = Allowance(1, 60)  # of each kind of refusal, one line a minute
_broke = Allowance(20, 60)
_LINE_MAX = 500  # characters


class Guard(Middleware):
    """Lets an event through where its handler's state says so, and its arguments fit."""

    async def preprocess(
        self,
        app: rx.App,  # noqa: ARG002  # Reflex gives it by this name
        state: BaseState,
        event: Event,
    ) -> StateUpdate | None:
        """Return None for an event that may go on, else what the browser is told instead."""
        endpoint = endpoint_of(event.name)
        if endpoint is None or not endpoint.fits(event.payload):
            note("an event that no page sends", state.rx_router_session.client_ip)
            return StateUpdate()
        if endpoint.access is Access.ANYBODY:
            return None
        setting_up = endpoint.access is Access.SETTING_UP
        session = await session_of(state.rx_router_headers.cookie, even_owing=setting_up)
        answer = refusal(endpoint.access, session)
        return None if answer is None else StateUpdate(events=Event.from_event_type(answer))


def refusal(access: Needed, session: SessionView | None) -> EventSpec | None:
    """Return what somebody is told who may not go on; None: they may."""
    if session is None:
        return to_sign_in()
    if isinstance(access, Right):
        return None if session.may(access) else toast.error(refusal_of(access))
    if access is Access.OPERATORS and not session.is_operator:
        return only_operators()
    return None


def only_operators() -> EventSpec:
    """Return the sentence for who is no operator."""
    return toast.error("Only operators of this PingPilot may do this.")


def note(what: str, client: Any) -> None:
    """Log that something was refused, now and then, and nothing of what it held."""
    if _told.take(what):
        logger.warning(
            "Refused %s, from %s; more like it are not logged for a minute", what, client
        )


def log_browser_error(exception: Exception) -> None:
    """Log what a browser says went wrong in it: little and on one line, for anybody may say it."""
    if _broke.take("browsers"):
        logger.error("In a browser: %s", ascii(str(exception)[:_LINE_MAX]))
