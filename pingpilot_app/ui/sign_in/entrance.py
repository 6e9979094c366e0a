"""Setting up, signing in and signing out."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import Conflict, Invalid
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.accounts import account_of
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.sessions import delete_session
from pingpilot_app.storage.users import UserView, any_user, user_with
from pingpilot_app.ui.first_account import open_first_account
from pingpilot_app.ui.session import forget, forget_user, session_of, token_in
from pingpilot_app.ui.sign_in.browser import enter, leave
from pingpilot_app.ui.sign_in.checks import Checks
from pingpilot_app.ui.sign_in.form import back, client_of, code_of, email_of, text_of
from pingpilot_app.ui.sign_in.place import HOME, page_after


class Entrance:
    """The three forms of one instance."""

    def __init__(self, instance: Instance, checks: Checks) -> None:
        self._instance = instance
        self._checks = checks

    async def set_up(self, request: Request, form: FormData) -> Response:
        """Open the first account, the operator's, and sign in."""
        if await self._instance.database.read(any_user):  # before a hash: strangers may come often
            return back("/login", "taken")
        try:
            email = parse_email(form.get("email"))
            hashed = await self._checks.hashing.accept(form.get("password"), email)
        except Invalid as refusal:
            return back("/setup", code_of(refusal))
        opened = Actor(email, None, client_of(request))
        quick_start = form.get("quick_start") == "on"
        try:
            user_id = await self._instance.writer.run(
                None, _open_first, opened, hashed, quick_start
            )
        except Conflict:
            return back("/login", "taken")
        return await enter(self._instance, request, user_id, HOME, expected=True)

    async def sign_in(self, request: Request, form: FormData) -> Response:
        """Check email and password; wrong ones get the same answer, whichever was wrong."""
        wanted = page_after(form.get("next"))
        asked = wanted if wanted != HOME else ""
        user = await self._by_password(request, form)
        if isinstance(user, str):
            return back("/login", user, next=asked)
        return await enter(self._instance, request, user.id, wanted)

    async def _by_password(self, request: Request, form: FormData) -> UserView | str:
        """Return who shows the right email and password, or the code of why not.

        Who has not proved the address may not: by signing up with it and then in, anybody would
        learn whether it has an account. Without a mail server nobody could ever prove one.
        """
        email = email_of(form)
        user = await self._instance.database.read(user_with, email)
        refusal = await self._checks.refusal(
            request,
            user,
            text_of(form, "password"),
            account=email,
            unproven=not can_send_letters(self._instance),
        )
        return refusal or user or "wrong"

    async def sign_out(self, request: Request, _form: FormData) -> Response:
        """End the session of this browser."""
        cookies = request.headers.get("cookie")
        token = token_in(cookies, self._instance.settings)
        session = await session_of(cookies, even_owing=True)
        if token is not None and session is not None:
            entry = replace(session, client=client_of(request)).act(Action.SIGNED_OUT)
            await self._instance.writer.act(entry, delete_session, hash_token(token))
            forget(hash_token(token))
            forget_user(session.user_id)  # other tabs look again and leave
        return leave(self._instance, "/login")


def _open_first(connection: Connection, opener: Actor, hashed: str, quick_start: bool) -> str:
    """Open the operator's account; return the user. Raises Conflict."""
    user_id = open_first_account(connection, opener.name, hashed, quick_start)
    actor, account_id = replace(opener, user_id=user_id), account_of(connection, opener.name)
    entry = Entry(Action.ACCOUNT_OPENED, actor, account_id, opener.name)
    add_entry(connection, entry, datetime.now(UTC))
    return user_id
