"""Signing in and out: plain forms, answered by redirects and an HttpOnly cookie.

What went wrong is told by a code in the address; the page knows the sentence (pages/messages.py).
"""

import asyncio
import re
from datetime import UTC, datetime
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.errors import Conflict, Invalid, Unavailable
from pingpilot_app.domain.password import LENGTH_MAX, check_password
from pingpilot_app.storage.password_hash import hash_password, verify_password
from pingpilot_app.storage.sessions import LIFETIME, add_session, delete_session
from pingpilot_app.storage.users import password_of
from pingpilot_app.ui.first_account import open_first_account
from pingpilot_app.ui.origin import is_own_form
from pingpilot_app.ui.session import (
    cookie_name,
    forget,
    hash_token,
    new_token,
    session_of,
    token_in,
)
from pingpilot_app.ui.throttle import Throttle

PREFIX = "/auth/"
HOME = "/feed"
FORM_MAX = 16 * 1024  # bytes
DEADLINE = 15  # seconds for the whole form

FOREIGN = "This form was not sent by a page of this PingPilot. Open the sign-in page and try again."

_PAGES = re.compile(
    r"/(?:overview|feed|categories(?:/[A-Za-z0-9-]{1,64})?|keys|channels|quota|settings|operator"
    r"|sandbox|events/evt_[0-9a-z]{26})"
)


def is_sign_in_path(path: str) -> bool:
    """Tell whether these routes answer `path`, rather than the dashboard."""
    return path.startswith(PREFIX)


def sign_in_app(instance: Instance) -> Starlette:
    """Return the routes under `/auth/`."""
    routes = SignInRoutes(instance)
    return Starlette(
        routes=[
            Route("/auth/setup", routes.set_up, methods=["POST"]),
            Route("/auth/login", routes.sign_in, methods=["POST"]),
            Route("/auth/logout", routes.sign_out, methods=["POST"]),
        ]
    )


def page_after(wanted: object) -> str:
    """Return the page to go to after signing in: one of ours, whatever was asked for."""
    return wanted if isinstance(wanted, str) and _PAGES.fullmatch(wanted) else HOME


class SignInRoutes:
    """The three forms of one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._throttle = Throttle()

    async def set_up(self, request: Request) -> Response:
        """Open the first account, the operator's, and sign in."""
        form = await self._form(request)
        if form is None:
            return _foreign()
        try:
            email = parse_email(form.get("email"))
            password = check_password(form.get("password"))
        except Invalid as refusal:
            return _back("/setup", refusal.problems[0].path)
        hashed = await asyncio.to_thread(hash_password, password)
        try:
            user_id = await self._instance.writer.run(
                None, open_first_account, email, hashed, form.get("quick_start") == "on"
            )
        except Conflict:
            return _back("/login", "taken")
        return await self._enter(user_id, HOME)

    async def sign_in(self, request: Request) -> Response:
        """Check email and password; wrong ones get the same answer, whichever was wrong."""
        form = await self._form(request)
        if form is None:
            return _foreign()
        wanted = page_after(form.get("next"))
        email = _normal(form.get("email"))
        key = (request.client.host if request.client else "", email)
        if self._throttle.wait(key) > 0:
            return _back("/login", "wait", wanted)
        user_id = await self._user(email, form.get("password"))
        if user_id is None:
            self._throttle.failed(key)
            return _back("/login", "wrong", wanted)
        self._throttle.succeeded(key)
        return await self._enter(user_id, wanted)

    async def sign_out(self, request: Request) -> Response:
        """End the session of this browser."""
        if await self._form(request) is None:
            return _foreign()
        cookies = request.headers.get("cookie")
        token = token_in(cookies, self._instance.settings)
        session = await session_of(cookies)
        if token is not None and session is not None:
            await self._instance.writer.run(None, delete_session, hash_token(token))
            forget(hash_token(token))
            self._instance.bus.publish(session.account_id)  # other tabs look again and leave
        response = RedirectResponse("/login", 303)
        response.delete_cookie(cookie_name(self._instance.settings), **self._cookie())
        return response

    async def _form(self, request: Request) -> FormData | None:
        """Return the form, None where it is not one that a page of ours sent."""
        length = request.headers.get("content-length", "")
        if not length.isdecimal() or int(length) > FORM_MAX:
            return None
        if not is_own_form(request.headers, self._instance.settings):
            return None
        try:
            async with asyncio.timeout(DEADLINE):
                return await request.form()
        except (ClientDisconnect, TimeoutError):
            return None

    async def _user(self, email: str, password: object) -> str | None:
        if not isinstance(password, str) or len(password) > LENGTH_MAX:
            return None
        found = await self._instance.database.read(password_of, email)
        user_id, stored = found or (None, None)
        fits = await asyncio.to_thread(verify_password, stored, password)
        return user_id if fits else None

    async def _enter(self, user_id: str, page: str) -> Response:
        token = new_token()
        try:
            await self._instance.writer.run(
                None, add_session, hash_token(token), user_id, datetime.now(UTC)
            )
        except Unavailable:
            return _back("/login", "later", page)
        response = RedirectResponse(page, 303)
        response.set_cookie(
            cookie_name(self._instance.settings),
            token,
            max_age=int(LIFETIME.total_seconds()),
            **self._cookie(),
        )
        return response

    def _cookie(self) -> dict[str, object]:
        secure = self._instance.settings.secure_cookies
        return {"path": "/", "secure": secure, "httponly": True, "samesite": "lax"}


def _normal(email: object) -> str:
    try:
        return parse_email(email)
    except Invalid:
        return ""  # nobody's


def _back(page: str, code: str, wanted: str = HOME) -> Response:
    more = f"&next={quote(wanted, safe='')}" if wanted != HOME else ""
    return RedirectResponse(f"{page}?error={code}{more}", 303)


def _foreign() -> Response:
    return PlainTextResponse(FOREIGN, 403)
