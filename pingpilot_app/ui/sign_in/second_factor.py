"""Switching the second factor on and off, moving it, and making new recovery codes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import send_recovery_codes_made, send_second_factor
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.audit import Action, Entry
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.domain.second_factor import (
    is_app_code,
    new_recovery_codes,
    new_secret,
    setup_link,
)
from pingpilot_app.storage.second_factor import (
    begin,
    confirm,
    remove,
    replace_codes,
    take_code,
)
from pingpilot_app.storage.second_step import drop_steps
from pingpilot_app.storage.sessions import SessionView, delete_other_sessions
from pingpilot_app.storage.vault import KeyLost
from pingpilot_app.ui.session import demanded_of, forget_user, owes, session_of
from pingpilot_app.ui.shown_once import Shown, leave
from pingpilot_app.ui.sign_in.browser import enter
from pingpilot_app.ui.sign_in.form import back, client_of, text_of
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.place import FACTOR_PAGE, page_with
from pingpilot_app.ui.throttle import Throttle

CODE_MAX = 64  # characters

_PAGE = "/settings"
_NO_SESSION = "session"


class SecondFactors:
    """Five forms of one instance; all but the first code of the app need the password.

    What takes something away needs a code besides. Wrong ones count with those of signing in, by
    `throttle`.
    """

    def __init__(self, instance: Instance, owners: Owners, throttle: Throttle) -> None:
        self._instance = instance
        self._owners = owners
        self._throttle = throttle

    async def begin(self, request: Request, form: FormData) -> Response:
        """Make a secret and have the page show it, once."""
        session = await _session(request)
        page = _page_of(session)
        owner = await self._owners.with_password(request, form, even_owing=True)
        if isinstance(owner, str):
            return back(page, owner, form="second-factor")
        # Without a mail server nobody can prove an address, and no letter is sent there.
        if not owner.proven and can_send_letters(self._instance):
            return back(page, "proof", form="second-factor")
        secret, now = new_secret(), self._instance.clock()
        if not await self._instance.writer.run(None, begin, owner.id, secret, now):
            return back(page)  # it is on already
        return back(page, once=self._show(owner.id, owner.email, secret))

    def _show(self, user_id: str, email: str, secret: str) -> str:
        host = urlsplit(self._instance.settings.public_url).hostname or ""
        return leave(user_id, Shown(secret=secret, link=setup_link(secret, email, host)))

    async def switch_on(self, request: Request, form: FormData) -> Response:
        """Switch it on by a first code, sign all other browsers out and show recovery codes."""
        session = await _session(request)
        if session is None:
            return back("/login", next=_PAGE)
        page, codes = _page_of(session), new_recovery_codes()
        text, entry = text_of(form, "code"), session.act(Action.SECOND_FACTOR_ON)
        refused = await self._by_code(session, entry, _switch_on, text, codes)
        if refused:
            error = {"factor": "code", "lost": "begun"}.get(refused, refused)
            return back(page, error, form="second-factor")
        self._tell(session, on=True)
        return await self._renewed(request, session, page, "second-factor-on", codes)

    async def switch_off(self, request: Request, form: FormData) -> Response:
        """Switch it off, where nobody demands it, and renew this browser's cookie."""
        session = await self._with_password(request, form)
        if isinstance(session, str):
            return back(_PAGE, session, form="second-factor-off")
        if demanded_of(session):
            return back(_PAGE, "demanded", form="second-factor-off")
        text = text_of(form, "code")
        entry = session.act(Action.SECOND_FACTOR_OFF, shown=_kind(text))
        refused = await self._by_code(session, entry, _switch_off, text)
        if refused:
            return back(_PAGE, refused, form="second-factor-off")
        self._tell(session, on=False)
        return await self._renewed(request, session, _PAGE, "second-factor-off")

    async def move(self, request: Request, form: FormData) -> Response:
        """Switch it off and begin anew at once, for another app or phone."""
        session = await self._with_password(request, form)
        if isinstance(session, str):
            return back(_PAGE, session, form="second-factor-move")
        text, secret = text_of(form, "code"), new_secret()
        entry = session.act(Action.SECOND_FACTOR_OFF, shown=_kind(text), to_another_app=True)
        refused = await self._by_code(session, entry, _move, text, secret)
        if refused:
            return back(_PAGE, refused, form="second-factor-move")
        self._tell(session, on=False)
        forget_user(session.user_id)
        once = self._show(session.user_id, session.email, secret)
        page = page_with(FACTOR_PAGE if demanded_of(session) else _PAGE, once=once)
        return await enter(self._instance, request, session.user_id, page, proved=True)

    async def renew_codes(self, request: Request, form: FormData) -> Response:
        """Make new recovery codes, show them, and renew this browser's cookie."""
        session = await self._with_password(request, form)
        if isinstance(session, str):
            return back(_PAGE, session, form="recovery-codes")
        text, codes = text_of(form, "code"), new_recovery_codes()
        entry = session.act(Action.RECOVERY_CODES_MADE, shown=_kind(text))
        refused = await self._by_code(session, entry, _renew_codes, text, codes)
        if refused:
            return back(_PAGE, refused, form="recovery-codes")
        told = send_recovery_codes_made(self._instance, session.email)
        self._instance.background.begin(told, "telling of recovery codes")
        return await self._renewed(request, session, _PAGE, "recovery-codes", codes)

    async def _with_password(self, request: Request, form: FormData) -> SessionView | str:
        """Return who shows the password once more, or the code of why not."""
        owner = await self._owners.with_password(request, form)
        if isinstance(owner, str):
            return owner
        session = await _session(request)
        return _NO_SESSION if session is None or owes(session) else session

    async def _by_code(
        self, session: SessionView, entry: Entry, change: Callable[..., None], text: str, *args: Any
    ) -> str:
        """Make a change that takes a code; return empty, or the code of why it was not made."""
        key = ("second-factor", session.user_id)
        if self._throttle.wait(key) > 0:
            return "tries"
        self._throttle.failed(key)  # before the look: of many at once, each one counts
        given = session.user_id, text[:CODE_MAX], self._instance.clock()
        try:
            await self._instance.writer.act(entry, change, *given, *args)
        except KeyLost:
            return "lost"
        except Invalid:
            return "factor"
        self._throttle.succeeded(key)
        return ""

    def _tell(self, session: SessionView, *, on: bool) -> None:
        told = send_second_factor(self._instance, session.email, on=on)
        self._instance.background.begin(told, "telling of a second factor")

    async def _renewed(
        self,
        request: Request,
        session: SessionView,
        page: str,
        done: str,
        codes: list[str] | None = None,
    ) -> Response:
        """Give this browser a fresh cookie and lead back to the page, which shows `codes`."""
        forget_user(session.user_id)
        once = leave(session.user_id, Shown(codes=tuple(codes))) if codes else ""
        wanted = page_with(page, done=done, once=once)
        return await enter(
            self._instance, request, session.user_id, wanted, expected=True, proved=True
        )


async def _session(request: Request) -> SessionView | None:
    session = await session_of(request.headers.get("cookie"), even_owing=True)
    return replace(session, client=client_of(request) or None) if session else None


def _page_of(session: SessionView | None) -> str:
    """Return the page of somebody's set-up."""
    return FACTOR_PAGE if session is not None and owes(session) else _PAGE


def _kind(text: str) -> str:
    return "code of the app" if is_app_code(text) else "recovery code"


def _switch_on(
    connection: Connection, user_id: str, text: str, now: datetime, codes: list[str]
) -> None:
    """Whoever signed in with the password alone leaves. Raises Invalid where the code is wrong."""
    if not confirm(connection, user_id, text, codes, now):
        raise Invalid("This code is not right, or the set-up took too long.")
    delete_other_sessions(connection, user_id, b"")
    drop_steps(connection, user_id)


def _switch_off(connection: Connection, user_id: str, text: str, now: datetime) -> None:
    """Raises Invalid where the code is wrong, or there is no second factor."""
    if not take_code(connection, user_id, text, now):
        raise Invalid("This code is not right.")
    remove(connection, user_id)


def _move(connection: Connection, user_id: str, text: str, now: datetime, secret: str) -> None:
    """Raises Invalid where the code is wrong, or there is no second factor."""
    _switch_off(connection, user_id, text, now)
    begin(connection, user_id, secret, now)


def _renew_codes(
    connection: Connection, user_id: str, text: str, now: datetime, codes: list[str]
) -> None:
    """Raises Invalid where the code is wrong, or there is no second factor."""
    if not take_code(connection, user_id, text, now):
        raise Invalid("This code is not right.")
    replace_codes(connection, user_id, codes)
