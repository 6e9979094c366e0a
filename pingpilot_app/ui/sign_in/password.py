"""A new password: by a link in a mail, or by knowing the present one."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from pingpilot_app.delivery.account_mail import send_password_changed, send_reset
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, PingPilotError
from pingpilot_app.domain.password import check_password
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.links import LinkKind, drop_links, take_link
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.proof import owned_accounts, prove, reclaim
from pingpilot_app.storage.users import replace_password
from pingpilot_app.ui.session import forget_user
from pingpilot_app.ui.sign_in.browser import enter
from pingpilot_app.ui.sign_in.form import back, client_of, email_of, text_of
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.sign_in.place import HOME
from pingpilot_app.ui.throttle import Allowance

SPAN = 900.0  # seconds
ASKED_BY_CLIENT = 30
ASKED_FOR_ADDRESS = 3


class Passwords:
    """Three forms of one instance."""

    def __init__(self, instance: Instance, owners: Owners) -> None:
        self._instance = instance
        self._owners = owners
        self._by_client = Allowance(ASKED_BY_CLIENT, SPAN)
        self._by_address = Allowance(ASKED_FOR_ADDRESS, SPAN)

    async def forgot(self, request: Request, form: FormData) -> Response:
        """Mail a link, if somebody has the address; the answer is the same."""
        email = email_of(form)
        if not email:
            return back("/forgot", "email")
        if not self._by_client.take(client_of(request)) or not self._by_address.take(email):
            return back("/forgot", "wait")
        self._instance.background.begin(send_reset(self._instance, email), "resetting a password")
        return back("/forgot", done="sent")

    async def reset(self, request: Request, form: FormData) -> Response:
        """Set the password by the link, sign all browsers out and this one in."""
        token = text_of(form, "token")
        try:
            password = check_password(form.get("password"))
        except Invalid:
            return back("/reset", "password", token=token)
        hashed = await asyncio.to_thread(hash_password, password)
        try:
            user_id, email, owned = await self._instance.writer.run(
                None, _reset, hash_token(token), hashed, self._instance.is_sandboxed(Channel.EMAIL)
            )
        except PingPilotError:
            return back("/reset", "link")
        self._changed(user_id, email, owned)
        return await enter(self._instance, request, user_id, HOME)

    async def change(self, request: Request, form: FormData) -> Response:
        """Set another password, sign all other browsers out and renew this one's cookie."""
        owner = await self._owners.with_password(request, form)
        if isinstance(owner, str):
            return back("/settings", owner, form="password")
        try:
            password = check_password(form.get("password"))
        except Invalid:
            return back("/settings", "password", form="password")
        hashed = await asyncio.to_thread(hash_password, password)
        owned = await self._instance.writer.run(None, _change, owner.id, hashed)
        self._changed(owner.id, owner.email, owned)
        return await enter(self._instance, request, owner.id, "/settings?done=password")

    def _changed(self, user_id: str, email: str, accounts: list[str]) -> None:
        forget_user(user_id)
        for account_id in accounts:
            self._instance.changed(account_id)  # open pages look again and leave
        told = send_password_changed(self._instance, email)
        self._instance.background.begin(told, "telling of a new password")


def _reset(
    connection: Connection, token_hash: bytes, hashed: str, sandboxed: bool
) -> tuple[str, str, list[str]]:
    """Return the user, the address and the accounts. Raises Invalid."""
    now = datetime.now(UTC)
    link = take_link(connection, (LinkKind.RESET,), token_hash, now)
    if link is None or link.user_id is None:
        raise Invalid("This link was used, or is too old.")
    reclaim(connection, link.user_id, now)
    _change(connection, link.user_id, hashed)
    owned = prove(connection, link.user_id, link.address, now, sandboxed=sandboxed)
    return link.user_id, link.address, owned


def _change(connection: Connection, user_id: str, hashed: str) -> list[str]:
    """Whoever knew the old password may have begun to take the account away: that ends too."""
    replace_password(connection, user_id, hashed)
    drop_links(connection, user_id, (LinkKind.RESET, LinkKind.EMAIL))
    return owned_accounts(connection, user_id)
