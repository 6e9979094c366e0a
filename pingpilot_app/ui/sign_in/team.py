"""Joining an account by a link, and turning a browser to another account of the same person.

A link for one address came there by mail: whoever has it reads that mailbox, so it proves the
address. A link for anybody proves nothing: who has no login gets one for their address by mail,
and goes on with that.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from pingpilot_app.delivery.account_mail import join_link, send_team_invite
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.account_letters import Team
from pingpilot_app.domain.address import mailbox
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Conflict, Invalid, PingPilotError, Problem
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.storage.joining import Invite, find_invite, invite_onwards, join
from pingpilot_app.storage.memberships import switch_account
from pingpilot_app.storage.proof import prove
from pingpilot_app.storage.second_factor import is_on
from pingpilot_app.storage.users import UserView, add_user, parse_name, user_with
from pingpilot_app.ui.session import cookie_name, forget, forget_user, session_of, token_in
from pingpilot_app.ui.sign_in.browser import enter, options
from pingpilot_app.ui.sign_in.checks import Checks
from pingpilot_app.ui.sign_in.form import back, client_of, code_of, email_of, text_of
from pingpilot_app.ui.sign_in.place import HOME
from pingpilot_app.ui.throttle import Allowance

PAGE = "/join"
HOUR = 3_600.0  # seconds
TRIES_EACH = 30  # times that one client may try to join in an hour
MAILS_EACH = 3  # that one address may get in an hour, by other people's doing
TOKEN_MAX = 200  # characters of a link's token that are shown back
KEPT = timedelta(minutes=10)  # as long as the second step of signing in may take, and more


@dataclass(frozen=True, slots=True)
class _Joining:
    """Who joins by which link. `sandboxed`: the mail with it went to the sandbox."""

    token_hash: bytes
    actor: Actor
    sandboxed: bool


@dataclass(frozen=True, slots=True)
class _New:
    """Somebody who gets a login. `proven`: the link came to the address."""

    actor: Actor
    name: str | None
    hashed: str
    proven: bool


class Teams:
    """Five forms of one instance."""

    def __init__(self, instance: Instance, checks: Checks) -> None:
        self._instance = instance
        self._checks = checks
        self._by_client = Allowance(TRIES_EACH, HOUR)
        self._by_address = Allowance(MAILS_EACH, HOUR)

    async def switch(self, request: Request, form: FormData) -> Response:
        """Turn this browser to another account of who is signed in."""
        cookies = request.headers.get("cookie")
        session, token = await session_of(cookies), token_in(cookies, self._instance.settings)
        if session is None or token is None:
            return back("/login")
        digest, wanted = hash_token(token), text_of(form, "account")[:TOKEN_MAX]
        try:
            await self._instance.writer.run(
                None, switch_account, digest, session.user_id, wanted, datetime.now(UTC)
            )
        except PingPilotError:
            return back(HOME)  # they do not belong to it any more
        return self._turned(request, session.user_id)

    async def join(self, request: Request, form: FormData) -> Response:
        """Let who is signed in join by the link, and turn this browser to the account."""
        cookies, link = request.headers.get("cookie"), text_of(form, "token")
        session, told = await session_of(cookies), await self._told(link)
        if session is None or told is None:
            return self._refused(link)  # the page says why, or asks to sign in
        actor = replace(session, client=client_of(request)).actor
        token = token_in(cookies, self._instance.settings) or ""
        joining = _Joining(hash_token(link), actor, self._sandboxed)
        try:
            await self._instance.writer.run(told.account_id, _join, joining, hash_token(token))
        except PingPilotError:
            return self._refused(link)
        return self._turned(request, session.user_id)

    async def sign_in(self, request: Request, form: FormData) -> Response:
        """Sign in by email and password, and join; with a second factor, join after that."""
        link = text_of(form, "token")
        told = await self._told(link)
        if told is None:
            return self._refused(link)
        user = await self._by_password(request, form, told)
        if isinstance(user, str):
            return self._refused(link, user, "known")
        if await self._instance.database.read(is_on, user.id):
            return self._keep(await enter(self._instance, request, user.id, PAGE), link)
        actor = Actor(user.email, user.id, client_of(request))
        joining = _Joining(hash_token(link), actor, self._sandboxed)
        try:
            await self._instance.writer.run(told.account_id, _join, joining)
        except PingPilotError:
            return self._refused(link)
        return await enter(self._instance, request, user.id, HOME)

    async def open(self, request: Request, form: FormData) -> Response:
        """Make a login with name and password, and join: by a link that came to the address.

        Where no mail goes, nobody can prove an address, and any may be entered.
        """
        link = text_of(form, "token")
        told = await self._told(link)
        if told is None or (not told.address and can_send_letters(self._instance)):
            return self._refused(link)
        if not self._by_client.take(neighbourhood(client_of(request))):  # before a hash
            return self._refused(link, "wait", "new")
        try:
            new = await self._new(request, form, told)
        except Invalid as refusal:
            return self._refused(link, code_of(refusal), "new")
        try:
            user_id = await self._instance.writer.run(told.account_id, _open, hash_token(link), new)
        except Conflict:
            return self._refused(link, "known", "known")
        except PingPilotError:
            return self._refused(link)
        return await enter(self._instance, request, user_id, HOME, expected=True)

    async def ask(self, request: Request, form: FormData) -> Response:
        """Mail a link of their own to who has one for anybody; the answer is the same."""
        link, address = text_of(form, "token"), email_of(form)
        if not address:
            return self._refused(link, "email", "new")
        if not self._by_client.take(neighbourhood(client_of(request))):
            return self._refused(link, "wait", "new")
        if await self._told(link) and self._by_address.take(mailbox(address)):
            self._instance.background.begin(self._mail(link, address), "inviting somebody")
        return back(PAGE, done="sent", token=link[:TOKEN_MAX])

    async def _mail(self, shared: str, address: str) -> None:
        own = new_token()
        digests = hash_token(shared), hash_token(own)
        told = await self._instance.writer.run(
            None, invite_onwards, *digests, address, datetime.now(UTC)
        )
        if told is not None:
            link, team = join_link(self._instance.settings, own), Team(told.account, told.by_email)
            await send_team_invite(self._instance, link, address, team, told.role.value)
            self._instance.changed(told.account_id)  # its page lists the invite

    async def _told(self, token: str) -> Invite | None:
        now = datetime.now(UTC)
        return await self._instance.database.read(find_invite, hash_token(token), now)

    async def _by_password(self, request: Request, form: FormData, told: Invite) -> UserView | str:
        """Return who shows the right password, or the code of why not.

        A link that came by mail proves the address, so that it need not be proved before.
        """
        email = told.address or email_of(form)
        user = await self._instance.database.read(user_with, email)
        refusal = await self._checks.refusal(
            request,
            user,
            text_of(form, "password"),
            account=email,
            unproven=bool(told.address) or not can_send_letters(self._instance),
        )
        if refusal == "wrong" and told.address:
            return "current"
        return refusal or user or "wrong"

    async def _new(self, request: Request, form: FormData, told: Invite) -> _New:
        """Read the form of somebody who gets a login. Raises Invalid."""
        email = told.address or email_of(form)
        if not email:
            raise Invalid("Enter an address.", (Problem("email", "Enter an address."),))
        name = parse_name(text_of(form, "name"))
        hashed = await self._checks.hashing.accept(form.get("password"), email)
        actor = Actor(email, None, client_of(request))
        return _New(actor, name, hashed, proven=bool(told.address))

    @property
    def _sandboxed(self) -> bool:
        return self._instance.is_sandboxed(Channel.EMAIL)

    def _turned(self, request: Request, user_id: str) -> Response:
        """Lead home, in the account that the browser is turned to now; its other tabs follow."""
        token = token_in(request.headers.get("cookie"), self._instance.settings)
        forget(hash_token(token or ""))
        forget_user(user_id)
        response = RedirectResponse(HOME, 303)
        response.delete_cookie(join_cookie(self._instance), **options(self._instance.settings))
        return response

    def _refused(self, link: str, error: str = "", way: str = "") -> Response:
        """Lead back to the page, which says what is wrong with the link or the form `way`."""
        return back(PAGE, error, token=link[:TOKEN_MAX], way=way)

    def _keep(self, response: Response, token: str) -> Response:
        """Have the browser keep the link while it is asked for the code."""
        kept = options(self._instance.settings)
        age = int(KEPT.total_seconds())
        response.set_cookie(join_cookie(self._instance), token, max_age=age, **kept)
        return response


def join_cookie(instance: Instance) -> str:
    """Return the name of the cookie that keeps a link to join by through the second step."""
    return f"{cookie_name(instance.settings)}-join"


def _join(connection: Connection, joining: _Joining, session: bytes | None = None) -> None:
    """Let somebody join, and turn the `session` to the account. Raises Invalid."""
    now, actor = datetime.now(UTC), joining.actor
    user_id = actor.user_id or ""
    told = join(connection, joining.token_hash, actor, now)
    if told.address:
        prove(connection, user_id, told.address, now, sandboxed=joining.sandboxed)
    if session is not None:
        switch_account(connection, session, user_id, told.account_id, now)


def _open(connection: Connection, token_hash: bytes, new: _New) -> str:
    """Make the login and let it join; return the user. Raises Conflict, Invalid."""
    now, email = datetime.now(UTC), new.actor.name
    user_id = add_user(connection, email, new.hashed, now, proven=new.proven, name=new.name)
    join(connection, token_hash, replace(new.actor, user_id=user_id), now)
    return user_id
