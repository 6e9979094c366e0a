"""Switching the second factor on and off, and making new recovery codes."""

from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import send_recovery_codes_made, send_second_factor
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Invalid, NotFound
from pingpilot_app.domain.second_factor import new_recovery_codes, new_secret, setup_link
from pingpilot_app.storage.second_factor import begin, confirm, is_on, remove, replace_codes
from pingpilot_app.storage.second_step import drop_steps
from pingpilot_app.storage.sessions import SessionView, delete_other_sessions
from pingpilot_app.ui.session import forget_user, session_of
from pingpilot_app.ui.shown_once import Shown, leave
from pingpilot_app.ui.sign_in.browser import enter
from pingpilot_app.ui.sign_in.form import back, client_of, text_of
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.place import page_with
from pingpilot_app.ui.throttle import Throttle

CODE_MAX = 16  # characters

_PAGE = "/settings"
_NO_SESSION = "session"


class SecondFactors:
    """Four forms of one instance; all but the first code of the app need the password."""

    def __init__(self, instance: Instance, owners: Owners) -> None:
        self._instance = instance
        self._owners = owners
        self._throttle = Throttle()

    async def begin(self, request: Request, form: FormData) -> Response:
        """Make a secret and have the page show it, once."""
        owner = await self._owners.with_password(request, form)
        if isinstance(owner, str):
            return back(_PAGE, owner, form="second-factor")
        if not owner.proven:
            return back(_PAGE, "proof", form="second-factor")
        secret, now = new_secret(), self._instance.clock()
        if not await self._instance.writer.run(None, begin, owner.id, secret, now):
            return back(_PAGE)  # it is on already
        host = urlsplit(self._instance.settings.public_url).hostname or ""
        shown = Shown(secret=secret, link=setup_link(secret, owner.email, host))
        return back(_PAGE, once=leave(owner.id, shown))

    async def switch_on(self, request: Request, form: FormData) -> Response:
        """Switch it on by a first code, sign all other browsers out and show recovery codes."""
        session = await _session(request)
        if session is None:
            return back("/login", next=_PAGE)
        key = ("second-factor", session.user_id)
        if self._throttle.wait(key) > 0:
            return back(_PAGE, "tries", form="second-factor")
        self._throttle.failed(key)
        text, codes = text_of(form, "code")[:CODE_MAX], new_recovery_codes()
        entry, who = session.act(Action.SECOND_FACTOR_ON), session.user_id
        try:
            now = self._instance.clock()
            await self._instance.writer.act(entry, _switch_on, who, text, codes, now)
        except Invalid:
            return back(_PAGE, "code", form="second-factor")
        self._throttle.succeeded(key)
        told = send_second_factor(self._instance, session.email, on=True)
        self._instance.background.begin(told, "telling of a second factor")
        return await self._renewed(request, session, "second-factor-on", codes)

    async def switch_off(self, request: Request, form: FormData) -> Response:
        """Switch it off and renew this browser's cookie."""
        session = await self._with_password(request, form)
        if isinstance(session, str):
            return back(_PAGE, session, form="second-factor-off")
        entry = session.act(Action.SECOND_FACTOR_OFF)
        try:
            await self._instance.writer.act(entry, remove, session.user_id)
        except NotFound:
            return back(_PAGE)
        told = send_second_factor(self._instance, session.email, on=False)
        self._instance.background.begin(told, "telling of no second factor")
        return await self._renewed(request, session, "second-factor-off")

    async def renew_codes(self, request: Request, form: FormData) -> Response:
        """Make new recovery codes, show them, and renew this browser's cookie."""
        session = await self._with_password(request, form)
        if isinstance(session, str):
            return back(_PAGE, session, form="recovery-codes")
        entry, codes = session.act(Action.RECOVERY_CODES_MADE), new_recovery_codes()
        try:
            await self._instance.writer.act(entry, _renew_codes, session.user_id, codes)
        except NotFound:
            return back(_PAGE)
        told = send_recovery_codes_made(self._instance, session.email)
        self._instance.background.begin(told, "telling of recovery codes")
        return await self._renewed(request, session, "recovery-codes", codes)

    async def _with_password(self, request: Request, form: FormData) -> SessionView | str:
        """Return who shows the password once more, or the code of why not."""
        owner = await self._owners.with_password(request, form)
        return owner if isinstance(owner, str) else await _session(request) or _NO_SESSION

    async def _renewed(
        self, request: Request, session: SessionView, done: str, codes: list[str] | None = None
    ) -> Response:
        """Give this browser a fresh cookie and lead back to the page, which shows `codes`."""
        forget_user(session.user_id)
        once = leave(session.user_id, Shown(codes=tuple(codes))) if codes else ""
        page = page_with(_PAGE, done=done, once=once)
        return await enter(
            self._instance, request, session.user_id, page, expected=True, proved=True
        )


async def _session(request: Request) -> SessionView | None:
    session = await session_of(request.headers.get("cookie"))
    return replace(session, client=client_of(request) or None) if session else None


def _switch_on(
    connection: Connection, user_id: str, text: str, codes: list[str], now: datetime
) -> None:
    """Whoever signed in with the password alone leaves. Raises Invalid where the code is wrong."""
    if not confirm(connection, user_id, text, codes, now):
        raise Invalid("This code is not right, or the set-up took too long.")
    delete_other_sessions(connection, user_id, b"")
    drop_steps(connection, user_id)


def _renew_codes(connection: Connection, user_id: str, codes: list[str]) -> None:
    """Raises NotFound where the second factor is off."""
    if not is_on(connection, user_id):
        raise NotFound("There is no second factor.")
    replace_codes(connection, user_id, codes)
