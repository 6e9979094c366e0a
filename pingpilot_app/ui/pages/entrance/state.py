"""What the address of a public page says."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.links import PROOFS, LinkKind, find_link
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import show_address
from pingpilot_app.ui.pages.entrance.sentences import DONE, ERRORS
from pingpilot_app.ui.session import Guarded
from pingpilot_app.ui.sign_in import page_after
from pingpilot_app.ui.sign_in.place import page_with

TOKEN_MAX = 200  # characters

_KINDS = {"/signup": (LinkKind.INVITE,), "/reset": (LinkKind.RESET,), "/verify": PROOFS}


class EntranceState(rx.State):
    """Why the last try failed, what it did, and where to go after signing in."""

    access: ClassVar[Needed] = Access.ANYBODY

    problem: str = ""
    errors: dict[str, str] = {}
    done: str = ""
    sent: bool = False
    next_page: str = ""

    @rx.event
    def read_address(self) -> None:
        """Turn the codes into sentences; anything unknown says nothing. Needs no session."""
        asked = self.router.url.query_parameters
        field, sentence = ERRORS.get(asked.get("error", ""), ("", ""))
        self.problem = sentence if not field else ""
        self.errors = {field: sentence} if field else {}
        self.done = DONE.get(asked.get("done", ""), "")
        self.sent = asked.get("done") == "sent"
        self.next_page = page_after(asked.get("next"))


class OfLink(rx.State, mixin=True):
    """The link of a mail, which the page shows and only its form uses up."""

    access: ClassVar[Needed] = Access.ANYBODY

    checked: bool = False  # until then it is not known whether the link is good
    token: str = ""
    address: str = ""  # empty: the link is not good

    _page: str = ""  # where the token was read

    @rx.event
    async def read_address(self) -> Any:
        """Look the link up: whoever has it may know the address it was sent to.

        The token leaves the address, and with it the history; a page that comes back after the
        network was gone, or is loaded again, has it from here.
        """
        page, given = self.router.url.path.rstrip("/"), _token_in(self.router.url)
        if given or page != self._page:
            self._page, self.token = page, given
        await self._look_up()
        self.checked = True
        return show_address(page_with(page, **_codes_in(self.router.url))) if given else None

    async def _look_up(self) -> None:
        """Fill `address`, for the page that the token was read on."""
        raise NotImplementedError


class LinkState(OfLink, Guarded, rx.State):
    """A link that belongs to a person."""

    access: ClassVar[Needed] = Access.ANYBODY

    theirs: bool = False  # who is signed in here is whose the link is

    async def _look_up(self) -> None:
        kinds = _KINDS.get(self._page, ())
        now, digest = datetime.now(UTC), hash_token(self.token)
        link = await current().database.read(find_link, kinds, digest, now) if self.token else None
        session = await self._session()
        self.address = link.address if link else ""
        self.theirs = bool(link and session and link.user_id == session.user_id)


def _token_in(url: Any) -> str:
    """Return the token of a link; mails of earlier versions have it in the query."""
    given = dict(parse_qsl(url.query)) | dict(parse_qsl(url.fragment))
    return (given.get("token") or given.get("invite") or "")[:TOKEN_MAX]


def _codes_in(url: Any) -> dict[str, str]:
    asked = url.query_parameters
    return {name: asked[name] for name in ("error", "done") if name in asked}
