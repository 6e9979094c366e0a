"""Opening an account, as SIGNUP allows, and proving its address."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import (
    send_address_changed,
    send_taken,
    send_verification,
)
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.address import mailbox, parse_email
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Conflict, Invalid, PingPilotError
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.settings import Signup
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.links import PROOFS, Link, LinkKind, find_link, take_link
from pingpilot_app.storage.proof import move, prove
from pingpilot_app.storage.sessions import delete_sessions_of
from pingpilot_app.storage.standing import homes_of
from pingpilot_app.storage.users import get_user, user_with
from pingpilot_app.ui.session import forget_user, session_of
from pingpilot_app.ui.sign_in.browser import enter
from pingpilot_app.ui.sign_in.checks import Checks
from pingpilot_app.ui.sign_in.form import back, client_of, code_of, text_of
from pingpilot_app.ui.sign_in.place import HOME
from pingpilot_app.ui.throttle import Allowance

HOUR = 3_600.0  # seconds
ACCOUNTS_EACH = 20  # times that one client may try to open one in an hour
TOKEN_MAX = 200  # characters of a link's token that are shown back
MAILS_EACH = 3  # that one address may get in an hour, by other people's doing


class SignUp:
    """Two forms of one instance."""

    def __init__(self, instance: Instance, checks: Checks) -> None:
        self._instance = instance
        self._checks = checks
        self._by_client = Allowance(ACCOUNTS_EACH, HOUR)
        self._by_address = Allowance(MAILS_EACH, HOUR)

    async def sign_up(self, request: Request, form: FormData) -> Response:
        """Open an account by an invite, or for anybody, as SIGNUP says."""
        invite, policy = text_of(form, "invite"), self._instance.settings.signup
        if policy is Signup.FIRST or (policy is Signup.INVITE and not invite):
            return back("/signup")  # says that it is closed
        try:
            email = await self._invited(invite) if invite else parse_email(form.get("email"))
            if not email:
                return back("/signup", "invite", invite=invite[:TOKEN_MAX])  # says what is wrong
            if not self._by_client.take(neighbourhood(client_of(request))):  # before a hash
                return back("/signup", "wait", invite=invite)
            hashed = await self._checks.hashing.accept(form.get("password"), email)
        except Invalid as refusal:
            return back("/signup", code_of(refusal), invite=invite)
        opening = _Opening(
            Actor(email, None, client_of(request)),
            hashed,
            self._instance.settings.default_plan,
            form.get("quick_start") == "on",
        )
        if invite:
            return await self._by_invite(request, invite, opening)
        return await self._by_anybody(opening)

    async def _invited(self, invite: str) -> str:
        """Return the address that an invite is for, empty where it is not good."""
        kinds, now = (LinkKind.INVITE,), datetime.now(UTC)
        link = await self._instance.database.read(find_link, kinds, hash_token(invite), now)
        return link.address if link else ""

    async def _by_invite(self, request: Request, invite: str, opening: "_Opening") -> Response:
        """The link came by mail to the address: that proves it."""
        try:
            user_id = await self._instance.writer.run(
                None, _open_invited, hash_token(invite), opening
            )
        except Conflict:
            return back("/login", "known")
        except PingPilotError:
            return back("/signup", "invite", invite=invite[:TOKEN_MAX])  # says what is wrong
        return await enter(self._instance, request, user_id, HOME, expected=True)

    async def _by_anybody(self, opening: "_Opening") -> Response:
        """Answer the same whether the address is taken; the mail tells its owner alone."""
        if self._by_address.take(mailbox(opening.actor.name)):
            self._instance.background.begin(_open(self._instance, opening), "opening an account")
        return back("/signup", done="sent")

    async def verify(self, request: Request, form: FormData) -> Response:
        """Prove an address: needs the link, and to be signed in or to know the password."""
        token = text_of(form, "token")
        link = await self._instance.database.read(
            find_link, PROOFS, hash_token(token), datetime.now(UTC)
        )
        if link is None or link.user_id is None:
            return back("/verify", "link")
        session = await session_of(request.headers.get("cookie"))
        signed_in = session is not None and session.user_id == link.user_id
        refused = "" if signed_in else await self._refusal(request, form, link)
        if refused:
            return back("/verify", refused, token=token)
        if not await self._proved(hash_token(token), client_of(request)):
            return back("/verify", "link")
        page = "/settings?done=address"
        return await enter(
            self._instance, request, link.user_id, page, expected=True, proved=signed_in
        )

    async def _refusal(self, request: Request, form: FormData, link: Link) -> str:
        """Return the code of what is wrong with the password, empty where nothing is.

        The mailbox alone is not enough: somebody else may have opened the account.
        """
        user = await self._instance.database.read(get_user, link.user_id or "")
        password = text_of(form, "password")
        refusal = await self._checks.refusal(request, user, password, account=link.address)
        return "current" if refusal == "wrong" else refusal

    async def _proved(self, token_hash: bytes, client: str) -> bool:
        instance = self._instance
        try:
            proof = await instance.writer.run(
                None, _use_proof, token_hash, client, instance.is_sandboxed(Channel.EMAIL)
            )
        except PingPilotError:
            return False
        forget_user(proof.user_id)
        for account_id in proof.owned:
            instance.changed(account_id)
        if proof.left:
            told = send_address_changed(instance, proof.left)
            instance.background.begin(told, "telling the address that was left")
        return True


@dataclass(frozen=True, slots=True)
class _Opening:
    """An account to open: for the actor's address."""

    actor: Actor
    hashed: str
    plan: Plan
    quick_start: bool


@dataclass(frozen=True, slots=True)
class _Proof:
    """What a used link did. `left` is the address that another took the place of, or empty."""

    user_id: str
    owned: list[str]
    left: str


async def _open(instance: Instance, opening: _Opening) -> None:
    """Open an account that is not proved yet and mail the link, or tell who has the address."""
    email = opening.actor.name
    user = await instance.database.read(user_with, email)
    if user is not None and user.proven:
        await send_taken(instance, email)
        return
    # Who signs up again has missed the letter. The password stays: it may be a stranger's turn.
    user_id = user.id if user else await instance.writer.run(None, _open_unproved, opening)
    await send_verification(instance, user_id, email)


def _open_unproved(connection: Connection, opening: _Opening) -> str:
    now, email = datetime.now(UTC), opening.actor.name
    account_id = open_account(connection, email, opening.hashed, opening.plan, now, proven=False)
    return _begun(connection, account_id, opening)


def _open_invited(connection: Connection, token_hash: bytes, opening: _Opening) -> str:
    """Of two people with one invite, the second finds it used. Raises Invalid, Conflict."""
    now = datetime.now(UTC)
    link = take_link(connection, (LinkKind.INVITE,), token_hash, now)
    if link is None:
        raise Invalid("This invite was used, withdrawn, or is too old.")
    account_id = open_account(connection, link.address, opening.hashed, opening.plan, now)
    return _begun(connection, account_id, opening)


def _begun(connection: Connection, account_id: str, opening: _Opening) -> str:
    now, email = datetime.now(UTC), opening.actor.name
    if opening.quick_start:
        add_quick_start(connection, account_id, now)
    user = user_with(connection, email)
    assert user is not None  # noqa: S101  # added just above
    actor = replace(opening.actor, user_id=user.id)
    add_entry(connection, Entry(Action.ACCOUNT_OPENED, actor, account_id, email), now)
    return user.id


def _use_proof(connection: Connection, token_hash: bytes, client: str, sandboxed: bool) -> _Proof:
    """Use the link up. Raises Invalid, Conflict.

    With another address all browsers are signed out: who may have the old one has no say any more.
    """
    now = datetime.now(UTC)
    link = take_link(connection, PROOFS, token_hash, now)
    user = get_user(connection, link.user_id) if link and link.user_id else None
    if link is None or user is None:
        raise Invalid("This link was used, or is too old.")
    moves = link.kind == LinkKind.EMAIL
    proving = move if moves else prove
    owned = proving(connection, user.id, link.address, now, sandboxed=sandboxed)
    if moves:
        delete_sessions_of(connection, user.id)
    actor = Actor(user.email, user.id, client)
    action = Action.EMAIL_CHANGED if moves else Action.EMAIL_PROVED
    for account_id in homes_of(connection, user.id):
        add_entry(connection, Entry(action, actor, account_id, link.address), now)
    return _Proof(user.id, owned, user.email if moves else "")
