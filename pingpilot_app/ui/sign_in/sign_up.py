"""Opening an account, as SIGNUP allows, and proving its address."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import send_taken, send_verification
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, Invalid, PingPilotError
from pingpilot_app.domain.password import check_password
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.settings import Signup
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.links import PROOFS, Link, LinkKind, find_link, take_link
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.proof import move, prove
from pingpilot_app.storage.users import get_user, user_with
from pingpilot_app.ui.session import forget_user, session_of
from pingpilot_app.ui.sign_in.browser import enter
from pingpilot_app.ui.sign_in.form import back, client_of, is_password, text_of
from pingpilot_app.ui.sign_in.place import HOME
from pingpilot_app.ui.throttle import Allowance, Throttle

HOUR = 3_600.0  # seconds
ACCOUNTS_EACH = 20  # that one client may open in an hour
TOKEN_MAX = 200  # characters of a link's token that are shown back
MAILS_EACH = 3  # that one address may get in an hour, by other people's doing


class SignUp:
    """Two forms of one instance. `throttle` counts wrong passwords."""

    def __init__(self, instance: Instance, throttle: Throttle) -> None:
        self._instance = instance
        self._throttle = throttle
        self._by_client = Allowance(ACCOUNTS_EACH, HOUR)
        self._by_address = Allowance(MAILS_EACH, HOUR)

    async def sign_up(self, request: Request, form: FormData) -> Response:
        """Open an account by an invite, or for anybody, as SIGNUP says."""
        invite, policy = text_of(form, "invite"), self._instance.settings.signup
        if policy is Signup.FIRST or (policy is Signup.INVITE and not invite):
            return back("/signup")  # says that it is closed
        try:
            email = "" if invite else parse_email(form.get("email"))
            password = check_password(form.get("password"))
        except Invalid as refusal:
            return back("/signup", refusal.problems[0].path, invite=invite)
        if not self._by_client.take(client_of(request)):
            return back("/signup", "wait", invite=invite)
        hashed = await asyncio.to_thread(hash_password, password)
        quick_start = form.get("quick_start") == "on"
        if invite:
            return await self._by_invite(request, invite, hashed, quick_start)
        return await self._by_anybody(email, hashed, quick_start)

    async def _by_invite(
        self, request: Request, invite: str, hashed: str, quick_start: bool
    ) -> Response:
        """The link came by mail to the address: that proves it."""
        plan = self._instance.settings.default_plan
        try:
            user_id = await self._instance.writer.run(
                None, _open_invited, hash_token(invite), hashed, plan, quick_start=quick_start
            )
        except Conflict:
            return back("/login", "known")
        except PingPilotError:
            return back("/signup", "invite", invite=invite[:TOKEN_MAX])  # says what is wrong
        return await enter(self._instance, request, user_id, HOME)

    async def _by_anybody(self, email: str, hashed: str, quick_start: bool) -> Response:
        """Answer the same whether the address is taken; the mail tells its owner alone."""
        if self._by_address.take(email):
            self._instance.background.begin(
                _open(self._instance, email, hashed, quick_start), "opening an account"
            )
        return back("/signup", done="sent")

    async def verify(self, request: Request, form: FormData) -> Response:
        """Prove an address: needs the link, and to be signed in or to know the password."""
        token = text_of(form, "token")
        link = await self._instance.database.read(
            find_link, PROOFS, hash_token(token), datetime.now(UTC)
        )
        if link is None or link.user_id is None:
            return back("/verify", "link")
        refused = await self._not_theirs(request, form, link)
        if refused:
            return back("/verify", refused, token=token)
        if not await self._proved(hash_token(token)):
            return back("/verify", "link")
        session = await session_of(request.headers.get("cookie"))
        if session is not None and session.user_id == link.user_id:
            return back("/settings", done="address")
        return await enter(self._instance, request, link.user_id, "/settings?done=address")

    async def _not_theirs(self, request: Request, form: FormData, link: Link) -> str:
        """Return the code of what is wrong with who shows the link, empty where nothing is.

        The mailbox alone is not enough: somebody else may have opened the account.
        """
        session = await session_of(request.headers.get("cookie"))
        if session is not None and session.user_id == link.user_id:
            return ""
        key = (client_of(request), link.address)
        if self._throttle.wait(key) > 0:
            return "wait"
        user = await self._instance.database.read(get_user, link.user_id or "")
        stored = user.password_hash if user else None
        if not await is_password(stored, text_of(form, "password")):
            self._throttle.failed(key)
            return "current"
        self._throttle.succeeded(key)
        return ""

    async def _proved(self, token_hash: bytes) -> bool:
        try:
            user_id, owned = await self._instance.writer.run(
                None, _use_proof, token_hash, self._instance.is_sandboxed(Channel.EMAIL)
            )
        except PingPilotError:
            return False
        forget_user(user_id)
        for account_id in owned:
            self._instance.changed(account_id)
        return True


async def _open(instance: Instance, email: str, hashed: str, quick_start: bool) -> None:
    """Open an account that is not proved yet and mail the link, or tell who has the address."""
    if await instance.database.read(user_with, email) is not None:
        await send_taken(instance, email)
        return
    plan = instance.settings.default_plan
    user_id = await instance.writer.run(
        None, _open_unproved, email, hashed, plan, quick_start=quick_start
    )
    await send_verification(instance, user_id, email)


def _open_unproved(
    connection: Connection, email: str, hashed: str, plan: Plan, *, quick_start: bool
) -> str:
    now = datetime.now(UTC)
    account_id = open_account(connection, email, hashed, plan, now, proven=False)
    return _begun(connection, account_id, email, quick_start)


def _open_invited(
    connection: Connection, token_hash: bytes, hashed: str, plan: Plan, *, quick_start: bool
) -> str:
    """Of two people with one invite, the second finds it used. Raises Invalid, Conflict."""
    now = datetime.now(UTC)
    link = take_link(connection, (LinkKind.INVITE,), token_hash, now)
    if link is None:
        raise Invalid("This invite was used, withdrawn, or is too old.")
    account_id = open_account(connection, link.address, hashed, plan, now)
    return _begun(connection, account_id, link.address, quick_start)


def _begun(connection: Connection, account_id: str, email: str, quick_start: bool) -> str:
    if quick_start:
        add_quick_start(connection, account_id, datetime.now(UTC))
    user = user_with(connection, email)
    assert user is not None  # noqa: S101  # added just above
    return user.id


def _use_proof(connection: Connection, token_hash: bytes, sandboxed: bool) -> tuple[str, list[str]]:
    """Use the link up; return the user and the accounts that change. Raises Invalid, Conflict."""
    now = datetime.now(UTC)
    link = take_link(connection, PROOFS, token_hash, now)
    if link is None or link.user_id is None:
        raise Invalid("This link was used, or is too old.")
    proving = move if link.kind == LinkKind.EMAIL else prove
    proved = proving(connection, link.user_id, link.address, now, sandboxed=sandboxed)
    return link.user_id, proved
