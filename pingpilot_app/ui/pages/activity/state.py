"""The account's audit log, a page at a time."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.audit import list_actors
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.activity import PAGE, ActRow, find_acts
from pingpilot_app.ui.entered import entered
from pingpilot_app.ui.in_zone import InZone
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.pages.activity.filters import Asked, asked_for
from pingpilot_app.ui.paging import Pages
from pingpilot_app.ui.session import to_sign_in


class ActivityState(InZone, Pages, rx.State):
    """Who did what in the viewer's account; `who` to `until` are what the address asks for."""

    access: ClassVar[Needed] = Right.ACTIVITY
    access_to: ClassVar[Mapping[str, Needed]] = dict.fromkeys(
        ("watch", "ask_viewer", "hear_viewer"), Right.LOOK
    )

    allowed: bool = False  # the viewer's role lets them see it
    rows: list[ActRow] = []
    actors: list[str] = []
    who: str = ""
    kind: str = ""
    text: str = ""
    since: str = ""
    until: str = ""
    filtered: bool = False
    address: str = "/activity"
    csv: str = ""  # the addresses of the same as a file
    json: str = ""

    def _begin(self) -> None:
        self._starts = []
        asked = asked_for(self.router.url.query_parameters)
        self._put(**asdict(asked), filtered=asked != Asked(), address=asked.address)

    async def _load(self, session: SessionView) -> None:
        self._put(allowed=session.may(Right.ACTIVITY))
        if not self.allowed:
            self._put(rows=[], actors=[], csv="", json="")
            return
        asked, viewer = self._asked(), self._viewer(session)
        found = await find_acts(session.account_id, self._start(), asked.wanted(viewer))
        self._put(
            rows=self._page_of(found, PAGE),
            actors=await _actors(session.account_id, asked.who),
            csv=asked.file("csv", viewer),
            json=asked.file("json", viewer),
        )

    def _asked(self) -> Asked:
        return Asked(self.who, self.kind, self.text, self.since, self.until)

    async def _show(self) -> bool:
        """Wait for the browser's zone only where days are asked for."""
        if self.since or self.until:
            return await super()._show()
        return await Live._show(self)

    @rx.event
    async def narrow(self, form: dict[str, Any]) -> Any:
        """Show what a person filled in: the address says it from then on."""
        if await self._session() is None:
            return to_sign_in()
        query = {name: entered(form, name) for name in ("who", "kind", "q", "since", "until")}
        return rx.redirect(asked_for(query).address)


async def _actors(account_id: str, asked: str) -> list[str]:
    """Return whose acts can be chosen, with who is asked for, though they may have done nothing."""

    async def load() -> list[str]:
        return await current().database.read(list_actors, account_id)

    found = await shared(account_id, "actors", load)
    return found if not asked or asked in found else [asked, *found]
