"""A key that was made just now: shown this once, with code that uses it."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key, shown_part
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.network import Network, shown_network
from pingpilot_app.domain.role import demand_key
from pingpilot_app.storage.api_keys import FreshKey, add_api_key
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.snippet import codes
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.session import Guarded, to_sign_in

SHOWN = 300  # seconds after which a new key is not shown again, even where nobody closed it


class ShowsFreshKey(Guarded, mixin=True):
    """A state that keeps a new key only while it is shown. `codes` are by language."""

    fresh_key: str = ""
    fresh_codes: dict[str, str] = {}

    # A dropped connection opens the page again: the key must not be lost by that.
    _shown_until: float = 0.0

    def _forget_old_key(self) -> None:
        if time.monotonic() > self._shown_until:
            self.fresh_key, self.fresh_codes = "", {}

    async def _show_key(self, account_id: str, key: str) -> None:
        configuration = await current().cache.configuration(account_id, now())
        self.fresh_key = key
        self.fresh_codes = codes(key, min(configuration.categories, default="bug"))
        self._shown_until = time.monotonic() + SHOWN

    @rx.event
    async def forget_key(self) -> Any:
        """Show the key no more."""
        if await self._session() is None:
            return to_sign_in()
        self.fresh_key, self.fresh_codes = "", {}
        return None


def new_key() -> FreshKey:
    """Return a key that nobody has yet."""
    key = new_api_key()
    return FreshKey(key, hash_api_key(key, current().pepper))


@dataclass(frozen=True)
class NewKey:
    """A key that somebody wants; `networks` empty: from anywhere."""

    name: str
    scopes: Sequence[Scope]
    expires_at: datetime | None = None
    networks: Sequence[Network] = ()


async def make_key(session: SessionView, wanted: NewKey) -> str:
    """Add a key to the account of who is signed in and return it.

    Raises Invalid, Conflict, Forbidden.
    """
    demand_key(session.role, wanted.scopes)
    fresh = new_key()
    entry = session.act(
        Action.KEY_CREATED,
        wanted.name,
        key=f"{shown_part(fresh.key)}…",
        scopes=", ".join(wanted.scopes),
        networks=", ".join(map(shown_network, wanted.networks)) or "anywhere",
        expires=f"{wanted.expires_at:%Y-%m-%d %H:%M} UTC" if wanted.expires_at else "never",
    )
    here = session.account_id, wanted.name, fresh.key, fresh.hash, wanted.scopes, now()
    ends, networks = wanted.expires_at, wanted.networks
    await current().writer.act(entry, add_api_key, *here, expires_at=ends, networks=networks)
    return fresh.key
