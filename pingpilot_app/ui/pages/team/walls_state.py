"""The account's links for screens on a wall."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Invalid, PingPilotError, Problem
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.domain.wall import TEXT_MAX, WallLook, parse_hidden, parse_wall_name
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.storage.walls import WallView, add_wall, list_walls, revoke_wall
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.asking import Asking, Loss
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in

SHOWN = 300  # seconds after which a new link is not shown again, even where nobody closed it
STATUSES = {status.value: status.value.capitalize() for status in EventStatus}
REVOKED = "Screens that show it go blank within seconds. This cannot be undone."


@dataclass(frozen=True)
class WallLine:
    """A link in the list; `seen` is empty where no screen has shown it yet."""

    id: str
    name: str
    shows: str
    hides: str
    created_by: str
    created: str
    seen: str


class WallsState(Live, Asking, rx.State):
    """The links that work. `link` is a new one, shown to whoever made it, this once."""

    access: ClassVar[Needed] = Right.WALLS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    allowed: bool = False
    lines: list[WallLine] = []
    categories: list[str] = []
    errors: dict[str, str] = {}
    adding: bool = False
    hide: str = "none"  # what is chosen in the form: none, some or all
    link: str = ""
    link_name: str = ""

    # A dropped connection opens the page again: the link must not be lost by that.
    _shown_until: float = 0.0

    def _begin(self) -> None:
        self.doomed = ""
        if time.monotonic() > self._shown_until:
            self.link = ""

    async def _load(self, session: SessionView) -> None:
        self._put(allowed=session.may(Right.WALLS))
        if not self.allowed:
            self._put(lines=[], categories=[], link="")
            return
        account = await current().cache.configuration(session.account_id, now())
        found = await current().database.read(list_walls, session.account_id)
        self._put(
            lines=[_line(one, account) for one in found], categories=sorted(account.categories)
        )

    def _losses(self) -> list[Loss]:
        return [Loss(line.id, line.name, REVOKED) for line in self.lines]

    @rx.event
    async def show_form(self, shown: bool) -> Any:
        """Open or close the form."""
        if await self._session() is None:
            return to_sign_in()
        self.adding, self.errors, self.hide = shown is True, {}, "none"
        return None

    @rx.event
    async def choose_hidden(self, choice: str) -> Any:
        """Note how many fields the new wall hides; their names are asked for only then."""
        if await self._session() is None:
            return to_sign_in()
        if choice in ("none", "some", "all"):
            self.hide = choice
        return None

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Make a link and show it, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            self.link_name, self.link = await _create(session, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.adding, self.errors, self._shown_until = False, {}, time.monotonic() + SHOWN
        await self._show()
        return None

    @rx.event
    async def forget_link(self) -> Any:
        """Show the link no more."""
        if await self._session() is None:
            return to_sign_in()
        self.link = self.link_name = ""
        return None

    @rx.event
    async def revoke(self) -> Any:
        """Revoke the link that was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        name = next((line.name for line in self.lines if line.id == self.doomed), "")
        return await self._go_ahead(lambda _, wall_id: _revoke(session, wall_id, name))


async def _create(session: SessionView, form: object) -> tuple[str, str]:
    """Make the link that a form describes; return its name and its address.

    Raises Invalid, Conflict.
    """
    account = await current().cache.configuration(session.account_id, now())
    name, token = parse_wall_name(entered(form, "name")), new_token()
    look = _look(form, account)
    entry = session.act(
        Action.WALL_CREATED, name, shows=shown_text(look, account), hides=hidden_text(look)
    )
    made = {"created_by": session.actor.name, "now": now()}
    here = session.account_id, hash_token(token), name, look
    await current().writer.act(entry, add_wall, *here, **made)
    return name, f"{current().settings.public_url}/wall/{token}"


def _look(form: object, account: Configuration) -> WallLook:
    """Return what a form asks the wall to show. Raises Invalid."""
    category, status = entered(form, "category"), entered(form, "status")
    if category and category not in account.categories:
        sentence = f"There is no category “{category}” here any more."
        raise Invalid(sentence, (Problem("category", sentence),))
    return WallLook(
        category_id=account.categories[category].id if category else None,
        status=EventStatus(status) if status in STATUSES else None,
        text=entered(form, "text").replace("\x00", "")[:TEXT_MAX],
        hidden=_hidden(form),
    )


def _hidden(form: object) -> frozenset[str] | None:
    choice = entered(form, "hide")
    if choice == "all":
        return None
    # Not `entered`: a list that is cut off would show a field that was meant to be hidden.
    named: Any = form.get("fields") if isinstance(form, dict) else None
    wanted = choice == "some" or (isinstance(named, str) and named.strip() != "")
    return parse_hidden(named if isinstance(named, str) else "") if wanted else frozenset()


async def _revoke(session: SessionView, wall_id: str, name: str) -> Any:
    """Revoke a link and say so."""
    entry = session.act(Action.WALL_REVOKED, name, wall=wall_id)
    try:
        await current().writer.act(entry, revoke_wall, session.account_id, wall_id, now())
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    return toast.success("Revoked. Its screens go blank now.")


def _line(wall: WallView, account: Configuration) -> WallLine:
    return WallLine(
        id=wall.id,
        name=wall.name,
        shows=shown_text(wall.look, account),
        hides=hidden_text(wall.look),
        created_by=wall.created_by,
        created=iso_milliseconds(wall.created_at),
        seen=iso_milliseconds(wall.seen_at) if wall.seen_at else "",
    )


def shown_text(look: WallLook, account: Configuration) -> str:
    """Return which events a wall shows: `bug, failed, with “db”`."""
    names = {entry.id: name for name, entry in account.categories.items()}
    parts = [names.get(look.category_id, "a deleted category")] if look.category_id else []
    parts += [look.status.value.lower()] if look.status else []
    parts += [f"with “{look.text}”"] if look.text else []
    return ", ".join(parts) or "every event"


def hidden_text(look: WallLook) -> str:
    """Return which fields a wall hides, in the order of their names."""
    if look.hidden is None:
        return "all fields"
    return ", ".join(sorted(look.hidden)) or "nothing"
