"""API keys of integrations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.network import shown_network
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.api_keys import ApiKeyView, is_replaced, list_api_keys
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.asking import Asking, Loss
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import errors_of, now
from pingpilot_app.ui.fresh_key import ShowsFreshKey
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.pages.keys import acts
from pingpilot_app.ui.pages.keys.expiry import LIFETIMES, NEVER
from pingpilot_app.ui.session import to_sign_in

SCOPES = (
    (Scope.EVENTS_WRITE, "send events"),
    (Scope.EVENTS_READ, "read events and quota"),
    (Scope.CATEGORIES_MANAGE, "list, make, change and delete categories"),
)
REVOKED = "Whatever uses it stops working at once. This cannot be undone."


@dataclass(frozen=True)
class KeyRow:
    """A key in the list; times are ISO 8601, empty where there is none.

    `state` is works, replaced (works for a while), expired or revoked.
    """

    id: str
    name: str
    shown: str
    scopes: list[str]
    created: str
    last_used: str
    expires: str
    revoked: str
    state: str
    networks: str  # what may use it, separated by commas; empty for anywhere


class KeysState(Live, Asking, ShowsFreshKey, rx.State):
    """The account's keys."""

    access: ClassVar[Needed] = Right.KEYS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK, "forget_key": Right.LOOK}

    rows: list[KeyRow] = []
    errors: dict[str, str] = {}
    adding: bool = False
    expiry: str = NEVER  # what is chosen in the form
    rotating: str = ""  # the id of the key that the dialog is about
    rotating_name: str = ""
    limiting: str = ""  # the id of the key whose addresses the dialog is about
    limiting_name: str = ""
    limiting_networks: str = ""

    def _begin(self) -> None:
        self.doomed = self.rotating = self.limiting = ""
        self._forget_old_key()

    async def _load(self, session: SessionView) -> None:
        self.rows = await _rows(session.account_id)

    def _losses(self) -> list[Loss]:
        return [Loss(row.id, row.name, REVOKED) for row in self.rows]

    @rx.event
    async def show_form(self, shown: bool) -> Any:
        """Open or close the form."""
        if await self._session() is None:
            return to_sign_in()
        self.adding, self.errors, self.expiry = shown is True, {}, NEVER
        return None

    @rx.event
    async def choose_expiry(self, choice: str) -> Any:
        """Note how long the new key will work; a date is asked for only then."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(choice, str) and choice in LIFETIMES:
            self.expiry = choice
        return None

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Make a key and show it, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await self._show_key(session.account_id, await acts.create(session, form))
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.adding, self.errors = False, {}
        await self._show()
        return None

    @rx.event
    async def ask_rotation(self, key_id: str) -> Any:
        """Ask how long the old key shall work; an empty id closes the dialog."""
        if await self._session() is None:
            return to_sign_in()
        found = [row for row in self.rows if row.id == key_id and row.state == "works"]
        self.rotating, self.rotating_name = (found[0].id, found[0].name) if found else ("", "")
        return None

    @rx.event
    async def rotate(self, form: dict[str, Any]) -> Any:
        """Make a key in the place of the one that was asked about, and show it, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        key_id, self.rotating = self.rotating, ""
        try:
            if key_id:
                made = await acts.rotate(session, key_id, self._name_of(key_id), form)
                await self._show_key(session.account_id, made)
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        await self._show()
        return None

    @rx.event
    async def ask_networks(self, key_id: str) -> Any:
        """Ask where the key may be used from; an empty id closes the dialog."""
        if await self._session() is None:
            return to_sign_in()
        self.limiting, self.limiting_name, self.limiting_networks, self.errors = "", "", "", {}
        for row in self.rows:
            if row.id == key_id and row.state in ("works", "replaced"):
                self.limiting, self.limiting_name = row.id, row.name
                self.limiting_networks = row.networks.replace(", ", "\n")
        return None

    @rx.event
    async def change_networks(self, form: dict[str, Any]) -> Any:
        """Let the key that was asked about be used from the listed addresses alone."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            if self.limiting:
                name = self._name_of(self.limiting)
                await acts.change_networks(session, self.limiting, name, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "networks")
            return None
        self.limiting, self.errors = "", {}
        await self._show()
        return None

    @rx.event
    async def revoke(self) -> Any:
        """Revoke the key that was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        name = self._name_of(self.doomed)
        return await self._go_ahead(lambda _, key_id: acts.revoke(session, key_id, name))

    def _name_of(self, key_id: str) -> str:
        return next((f"{row.name} {row.shown}" for row in self.rows if row.id == key_id), key_id)


async def _rows(account_id: str) -> list[KeyRow]:
    found = await shared(account_id, "keys", lambda: _keys(account_id))
    at = now()  # not shared: keys expire without anything changing
    rows = [_row(key, found, at) for key in found]
    return sorted(rows, key=lambda row: row.state in ("expired", "revoked"))


async def _keys(account_id: str) -> list[ApiKeyView]:
    return await current().database.read(list_api_keys, account_id)


def _row(key: ApiKeyView, keys: Sequence[ApiKeyView], at: datetime) -> KeyRow:
    used = current().cache.last_uses.get(key.id) or key.last_used_at
    return KeyRow(
        id=key.id,
        name=key.name,
        shown=f"{key.shown}…",
        scopes=[scope.value for scope in key.scopes],
        created=iso_milliseconds(key.created_at),
        last_used=iso_milliseconds(used) if used else "",
        expires=iso_milliseconds(key.expires_at) if key.expires_at else "",
        revoked=iso_milliseconds(key.revoked_at) if key.revoked_at else "",
        state=_state(key, keys, at),
        networks=", ".join(map(shown_network, key.networks or ())),
    )


def _state(key: ApiKeyView, keys: Sequence[ApiKeyView], at: datetime) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not key.works(at):
        return "expired"
    return "replaced" if is_replaced(key, keys) else "works"
