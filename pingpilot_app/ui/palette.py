"""What the command palette finds besides the pages: the account's categories and keys."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.category import color_hex
from pingpilot_app.storage.api_keys import list_api_keys
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.session import Guarded, to_sign_in

MOST = 300  # of a kind; the pages themselves show all
TYPED_MAX = 200  # characters

_EVENT_ID = re.compile(r"evt_[0-9a-z]{26}")


@dataclass(frozen=True)
class CategoryPlace:
    """A category to jump to."""

    name: str
    emoji: str
    color: str
    path: str


@dataclass(frozen=True)
class KeyPlace:
    """A key to jump to, by its name and the part of it that may be shown."""

    id: str
    name: str
    shown: str
    path: str


class PaletteState(Guarded, rx.State):
    """What the palette holds, loaded when it opens."""

    categories: list[CategoryPlace] = []
    keys: list[KeyPlace] = []

    @rx.event
    async def load(self) -> Any:
        """Find what the account has now."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        self.categories = await _categories(session.account_id)
        self.keys = await _keys(session.account_id)
        return None

    @rx.event
    async def follow(self, typed: str) -> Any:
        """Go to the event whose id was typed, else to the events that hold the text."""
        if await self._session() is None:
            return to_sign_in()
        path = path_of(typed)
        return rx.redirect(path) if path else None


def path_of(typed: object) -> str:
    """Return the page that typed text leads to, empty where there is none."""
    text = typed.strip()[:TYPED_MAX] if isinstance(typed, str) else ""
    if _EVENT_ID.fullmatch(text.lower()):
        return f"/events/{text.lower()}"
    return f"/feed?q={quote(text, safe='')}" if text else ""


async def _categories(account_id: str) -> list[CategoryPlace]:
    found = (await current().cache.configuration(account_id, now())).categories
    return [
        CategoryPlace(one.name, one.emoji or "", color_hex(one.color), f"/categories/{one.name}")
        for _, one in sorted(found.items())[:MOST]
    ]


async def _keys(account_id: str) -> list[KeyPlace]:
    found = await current().database.read(list_api_keys, account_id)
    valid = [key for key in found if key.revoked_at is None]
    return [KeyPlace(key.id, key.name, f"{key.shown}…", f"/keys#{key.id}") for key in valid[:MOST]]
