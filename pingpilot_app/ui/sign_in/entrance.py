"""Setting up, signing in and signing out."""

import asyncio

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.errors import Conflict, Invalid
from pingpilot_app.domain.password import check_password
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.sessions import delete_session
from pingpilot_app.storage.users import password_of
from pingpilot_app.ui.first_account import open_first_account
from pingpilot_app.ui.session import forget, session_of, token_in
from pingpilot_app.ui.sign_in.browser import enter, leave
from pingpilot_app.ui.sign_in.form import back, client_of, email_of, is_password, text_of
from pingpilot_app.ui.sign_in.place import HOME, page_after
from pingpilot_app.ui.throttle import Throttle


class Entrance:
    """The three forms of one instance. `throttle` counts wrong passwords."""

    def __init__(self, instance: Instance, throttle: Throttle) -> None:
        self._instance = instance
        self._throttle = throttle

    async def set_up(self, request: Request, form: FormData) -> Response:
        """Open the first account, the operator's, and sign in."""
        try:
            email = parse_email(form.get("email"))
            password = check_password(form.get("password"))
        except Invalid as refusal:
            return back("/setup", refusal.problems[0].path)
        hashed = await asyncio.to_thread(hash_password, password)
        try:
            user_id = await self._instance.writer.run(
                None, open_first_account, email, hashed, form.get("quick_start") == "on"
            )
        except Conflict:
            return back("/login", "taken")
        return await enter(self._instance, request, user_id, HOME)

    async def sign_in(self, request: Request, form: FormData) -> Response:
        """Check email and password; wrong ones get the same answer, whichever was wrong."""
        wanted = page_after(form.get("next"))
        asked = wanted if wanted != HOME else ""
        email = email_of(form)
        key = (client_of(request), email)
        if self._throttle.wait(key) > 0:
            return back("/login", "wait", next=asked)
        user_id, stored = await self._instance.database.read(password_of, email) or ("", None)
        if not await is_password(stored, text_of(form, "password")):
            self._throttle.failed(key)
            return back("/login", "wrong", next=asked)
        self._throttle.succeeded(key)
        return await enter(self._instance, request, user_id, wanted)

    async def sign_out(self, request: Request, _form: FormData) -> Response:
        """End the session of this browser."""
        cookies = request.headers.get("cookie")
        token = token_in(cookies, self._instance.settings)
        session = await session_of(cookies)
        if token is not None and session is not None:
            await self._instance.writer.run(None, delete_session, hash_token(token))
            forget(hash_token(token))
            self._instance.bus.publish(session.account_id)  # other tabs look again and leave
        return leave(self._instance, "/login")
