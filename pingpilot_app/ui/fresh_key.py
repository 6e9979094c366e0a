"""A key that was made just now: shown this once, with code that uses it."""

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.storage.api_keys import FreshKey, add_api_key
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


async def make_key(
    account_id: str, name: str, scopes: Sequence[Scope], expires_at: datetime | None = None
) -> str:
    """Add a key to the account and return it. Raises Invalid."""
    fresh = new_key()
    here = account_id, name, fresh.key, fresh.hash, scopes, now()
    await current().writer.run(account_id, add_api_key, *here, expires_at=expires_at)
    return fresh.key
