"""Another address, taking everything away, and deleting the account."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse

from pingpilot_app.delivery.account_mail import (
    send_address_leaving,
    send_deleted,
    send_email_change,
)
from pingpilot_app.delivery.account_removal import remove_account
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.export import account_parts, events_after
from pingpilot_app.storage.users import count_others
from pingpilot_app.ui.session import forget_user, session_of
from pingpilot_app.ui.sign_in.browser import leave
from pingpilot_app.ui.sign_in.form import back, client_of, email_of
from pingpilot_app.ui.sign_in.owner import Owners
from pingpilot_app.ui.throttle import Allowance

CHANGES_EACH = 5  # times that one person may ask for another address in an hour
PAGE = 200  # events that are read at once


class OwnAccount:
    """What an account's owner does with all of it."""

    def __init__(self, instance: Instance, owners: Owners) -> None:
        self._instance = instance
        self._owners = owners
        self._changes = Allowance(CHANGES_EACH, 3_600)

    async def change_email(self, request: Request, form: FormData) -> Response:
        """Mail a link to the new address and a notice to the old one; nothing changes before."""
        owner = await self._owners.with_password(request, form)
        if isinstance(owner, str):
            return back("/settings", owner, form="email")
        address = email_of(form)
        if not address or address == owner.email:
            return back("/settings", "email" if not address else "same", form="email")
        if not self._changes.take(owner.id):
            return back("/settings", "wait", form="email")
        begin = self._instance.background.begin
        begin(send_email_change(self._instance, owner, address), "changing an address")
        begin(send_address_leaving(self._instance, owner, address), "telling the old address")
        return back("/settings", done="email-sent")

    async def delete(self, request: Request, form: FormData) -> Response:
        """Delete the account: needs the password, the address, and a last operator's consent."""
        session = await session_of(request.headers.get("cookie"))
        owner = await self._owners.with_password(request, form)
        if session is None or isinstance(owner, str):
            return back("/settings", str(owner), form="delete")
        if not session.may(Right.ACCOUNT):
            return PlainTextResponse(refusal_of(Right.ACCOUNT), 403)
        if email_of(form, "confirm") != owner.email:
            return back("/settings", "confirm", form="delete")
        _, operators = await self._instance.database.read(count_others, owner.id)
        if owner.is_operator and operators == 0 and form.get("understood") != "on":
            return back("/settings", "understood", form="delete")
        actor = replace(session, client=client_of(request)).actor
        for member in await remove_account(self._instance, session.account_id, actor):
            forget_user(member.user_id)  # their open pages leave
        told = send_deleted(self._instance, owner.email)
        self._instance.background.begin(told, "saying good-bye")
        return leave(self._instance, "/login?done=deleted")

    async def export(self, request: Request) -> Response:
        """Answer with everything that the account owns, as one JSON file that is read in pages."""
        session = await session_of(request.headers.get("cookie"))
        if session is None:
            return RedirectResponse("/login?next=/settings", 303)
        if not session.may(Right.ACCOUNT):
            return PlainTextResponse(refusal_of(Right.ACCOUNT), 403)
        entry = replace(session, client=client_of(request)).act(Action.ACCOUNT_EXPORTED)
        await self._instance.writer.run(None, add_entry, entry, datetime.now(UTC))
        name = f"pingpilot-{datetime.now(UTC):%Y-%m-%d}.json"
        headers = {
            "content-disposition": f'attachment; filename="{name}"',
            "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        }
        parts = everything(self._instance, session.account_id)
        return StreamingResponse(parts, headers=headers, media_type="application/json")


async def everything(instance: Instance, account_id: str, page: int = PAGE) -> AsyncIterator[str]:
    """Yield the parts of one JSON document; `page` events are in memory at once."""
    yield await instance.database.read(_beginning, account_id)
    after: str | None = ""
    while after is not None:
        text, after = await instance.database.read(_some_events, account_id, after, page)
        yield text
    yield "\n]}\n"


def _beginning(connection: Connection, account_id: str) -> str:
    parts = {"exported_at": datetime.now(UTC)} | account_parts(connection, account_id)
    return f'{_json(parts)[:-1]}, "events": [\n'


def _some_events(
    connection: Connection, account_id: str, after: str, page: int
) -> tuple[str, str | None]:
    """Return some events, behind a comma where others came before, and where to go on."""
    found = events_after(connection, account_id, after, page)
    comma = ",\n" if after and found else ""
    return comma + ",\n".join(map(_json, found)), found[-1]["id"] if len(found) == page else None


def _text(value: Any) -> str:
    return iso_milliseconds(value) if isinstance(value, datetime) else str(value)


_json = partial(json.dumps, default=_text, ensure_ascii=False)
