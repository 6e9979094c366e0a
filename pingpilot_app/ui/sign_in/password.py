"""A new password: by a link in a mail, or by knowing the present one."""

from dataclasses import replace
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import send_password_changed, send_reset
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Invalid, PingPilotError
from pingpilot_app.domain.password import WeakPassword, normal_password
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.known_devices import forget_devices
from pingpilot_app.storage.links import LinkKind, drop_links, find_link, take_link
from pingpilot_app.storage.proof import owned_accounts, prove, reclaim
from pingpilot_app.storage.standing import homes_of
from pingpilot_app.storage.users import UserView, replace_password
from pingpilot_app.ui.session import forget_user, session_of
from pingpilot_app.ui.sign_in.browser import device_in, enter
from pingpilot_app.ui.sign_in.form import back, client_of, email_of, text_of
from pingpilot_app.ui.sign_in.hashing import Hashing
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.place import HOME
from pingpilot_app.ui.throttle import Allowance

SPAN = 900.0  # seconds
ASKED_BY_CLIENT = 30
ASKED_FOR_ADDRESS = 3


class Passwords:
    """Three forms of one instance."""

    def __init__(self, instance: Instance, owners: Owners, hashing: Hashing) -> None:
        self._instance = instance
        self._owners = owners
        self._hashing = hashing
        self._by_client = Allowance(ASKED_BY_CLIENT, SPAN)
        self._by_address = Allowance(ASKED_FOR_ADDRESS, SPAN)

    async def forgot(self, request: Request, form: FormData) -> Response:
        """Mail a link, if somebody has the address; the answer is the same."""
        email = email_of(form)
        if not email:
            return back("/forgot", "email")
        network = neighbourhood(client_of(request))
        if not self._by_client.take(network) or not self._by_address.take(email):
            return back("/forgot", "wait")
        self._instance.background.begin(send_reset(self._instance, email), "resetting a password")
        return back("/forgot", done="sent")

    async def reset(self, request: Request, form: FormData) -> Response:
        """Set the password by the link, sign all browsers out and this one in."""
        token, read = text_of(form, "token"), self._instance.database.read
        link = await read(find_link, (LinkKind.RESET,), hash_token(token), datetime.now(UTC))
        if link is None:
            return back("/reset", "link")
        try:
            hashed = await self._hashing.accept(form.get("password"), link.address)
        except WeakPassword as refusal:
            return back("/reset", refusal.code, token=token)
        try:
            user_id, email, owned = await self._instance.writer.run(
                None,
                _reset,
                hash_token(token),
                hashed,
                client_of(request),
                self._instance.is_sandboxed(Channel.EMAIL),
            )
        except PingPilotError:
            return back("/reset", "link")
        self._changed(user_id, email, owned)
        return await enter(self._instance, request, user_id, HOME, expected=True)

    async def change(self, request: Request, form: FormData) -> Response:
        """Set another password, sign all other browsers out and renew this one's cookie."""
        owner = await self._owners.with_password(request, form)
        if isinstance(owner, str):
            return back("/settings", owner, form="password")
        try:
            hashed = await self._another(form, owner)
        except WeakPassword as refusal:
            return back("/settings", refusal.code, form="password")
        session = await session_of(request.headers.get("cookie"))
        if session is None:
            return back("/login")
        entry = replace(session, client=client_of(request)).act(Action.PASSWORD_CHANGED)
        device = hash_token(device_in(request, self._instance.settings))
        owned = await self._instance.writer.act(entry, _change, owner.id, hashed, device)
        self._changed(owner.id, owner.email, owned)
        page = "/settings?done=password"
        return await enter(self._instance, request, owner.id, page, expected=True, proved=True)

    async def _another(self, form: FormData, owner: UserView) -> str:
        """Return the hash of the new password. Raises WeakPassword."""
        same = normal_password(text_of(form, "password")) == normal_password(
            text_of(form, "current")
        )
        if same:
            raise WeakPassword("unchanged")
        return await self._hashing.accept(form.get("password"), owner.email)

    def _changed(self, user_id: str, email: str, accounts: list[str]) -> None:
        forget_user(user_id)
        for account_id in accounts:
            self._instance.changed(account_id)  # open pages look again and leave
        told = send_password_changed(self._instance, email)
        self._instance.background.begin(told, "telling of a new password")


def _reset(
    connection: Connection, token_hash: bytes, hashed: str, client: str, sandboxed: bool
) -> tuple[str, str, list[str]]:
    """Return the user, the address and the accounts. Raises Invalid."""
    now = datetime.now(UTC)
    link = take_link(connection, (LinkKind.RESET,), token_hash, now)
    if link is None or link.user_id is None:
        raise Invalid("This link was used, or is too old.")
    reclaim(connection, link.user_id, now)
    _change(connection, link.user_id, hashed)
    actor = Actor(link.address, link.user_id, client)
    for account_id in homes_of(connection, link.user_id):
        add_entry(connection, Entry(Action.PASSWORD_RESET, actor, account_id), now)
    proved = prove(connection, link.user_id, link.address, now, sandboxed=sandboxed)
    return link.user_id, link.address, proved


def _change(connection: Connection, user_id: str, hashed: str, device: bytes = b"") -> list[str]:
    """Whoever knew the old password may have begun to take the account away: that ends too.

    Nor is a browser known any more that they signed in with, except the `device` at hand.
    """
    replace_password(connection, user_id, hashed)
    forget_devices(connection, user_id, device)
    drop_links(connection, user_id, (LinkKind.RESET, LinkKind.EMAIL))
    return owned_accounts(connection, user_id)
