"""API keys of integrations."""

import time
from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.api_keys import (
    ApiKeyView,
    add_api_key,
    list_api_keys,
    revoke_api_key,
)
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import entered, errors_of, is_ticked, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.session import to_sign_in

SHOWN = 300  # seconds after which a new key is not shown again, even where nobody closed it

SCOPES = (
    (Scope.EVENTS_WRITE, "send events"),
    (Scope.EVENTS_READ, "read events and quota"),
    (Scope.CATEGORIES_MANAGE, "list, make, change and delete categories"),
)


@dataclass(frozen=True)
class KeyRow:
    """A key in the list; times are ISO 8601, empty where there is none."""

    id: str
    name: str
    shown: str
    scopes: list[str]
    created: str
    last_used: str
    revoked: str


class KeysState(Live, rx.State):
    """The account's keys. `fresh_key` is kept only while its dialog is open."""

    rows: list[KeyRow] = []
    errors: dict[str, str] = {}
    adding: bool = False
    fresh_key: str = ""
    command: str = ""
    doomed: str = ""  # the id that the dialog asks about
    doomed_name: str = ""

    # A dropped connection opens the page again: the key must not be lost by that.
    _shown_until: float = 0.0

    def _begin(self) -> None:
        self.doomed = ""
        if time.monotonic() > self._shown_until:
            self.fresh_key = self.command = ""

    async def _load(self, session: SessionView) -> None:
        self.rows = await _rows(session.account_id)

    @rx.event
    async def show_form(self, shown: bool) -> Any:
        """Open or close the form."""
        if await self._session() is None:
            return to_sign_in()
        self.adding, self.errors = shown is True, {}
        return None

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Make a key and show it, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            self.fresh_key, self.command = await _create(session.account_id, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.adding, self.errors = False, {}
        self._shown_until = time.monotonic() + SHOWN
        await self._show()
        return None

    @rx.event
    async def forget_key(self) -> Any:
        """Close the dialog: the key is not shown again."""
        if await self._session() is None:
            return to_sign_in()
        self.fresh_key = self.command = ""
        return None

    @rx.event
    async def ask(self, key_id: str) -> Any:
        """Ask before a key is revoked."""
        if await self._session() is None:
            return to_sign_in()
        for row in self.rows:
            if row.id == key_id:
                self.doomed, self.doomed_name = row.id, row.name
        return None

    @rx.event
    async def keep(self) -> Any:
        """Close the dialog and revoke nothing."""
        if await self._session() is None:
            return to_sign_in()
        self.doomed = ""
        return None

    @rx.event
    async def revoke(self) -> Any:
        """Revoke the key that was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        key_id, self.doomed = self.doomed, ""
        if key_id:
            return await _revoke(session.account_id, key_id)
        return None


async def _rows(account_id: str) -> list[KeyRow]:
    async def load() -> list[KeyRow]:
        found = await current().database.read(list_api_keys, account_id)
        return [_row(key) for key in found]

    return await shared(account_id, "keys", load)


def _row(key: ApiKeyView) -> KeyRow:
    used = current().cache.last_uses.get(key.id) or key.last_used_at
    return KeyRow(
        id=key.id,
        name=key.name,
        shown=f"{key.shown}…",
        scopes=[scope.value for scope in key.scopes],
        created=iso_milliseconds(key.created_at),
        last_used=iso_milliseconds(used) if used else "",
        revoked=iso_milliseconds(key.revoked_at) if key.revoked_at else "",
    )


async def _create(account_id: str, form: object) -> tuple[str, str]:
    """Return the new key, and a command that uses it."""
    instance, key = current(), new_api_key()
    hashed = hash_api_key(key, instance.pepper)
    scopes = [scope for scope in Scope if is_ticked(form, scope.value)]
    name = entered(form, "name")
    await instance.writer.run(account_id, add_api_key, account_id, name, key, hashed, scopes, now())
    categories = (await instance.cache.configuration(account_id, now())).categories
    return key, curl(key, min(categories, default="bug"))


async def _revoke(account_id: str, key_id: str) -> Any:
    try:
        await current().writer.run(account_id, revoke_api_key, account_id, key_id, now())
    except PingPilotError as refusal:
        return rx.toast.error(refusal.message)
    return rx.toast.success("Revoked. Requests with this key get 401 from now on.")
