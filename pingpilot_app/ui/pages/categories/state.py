"""Categories: the list, and what can be done with each."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.category import (
    DEFAULT_EMOJI,
    color_hex,
    parse_color,
    parse_emoji,
    parse_name,
)
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.escalation import line_text, steps_of
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.categories import (
    CategoryView,
    add_category,
    change_category,
    delete_category,
    list_categories,
)
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.asking import Asking, Loss
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered, errors_of, is_ticked, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.quick_start import quick_start
from pingpilot_app.ui.session import to_sign_in


@dataclass(frozen=True)
class CategoryRow:
    """A category in the list; times are ISO 8601, `last_ping` empty where nothing came yet."""

    name: str
    emoji: str
    color: str
    events: str
    events_count: int
    own_emoji: str  # empty where the one that is shown is not its own
    fields: int
    last_ping: str
    created: str
    escalates: str  # `after 5 minutes`; empty where it does not
    acknowledge: bool  # its messages ask who is on it


class CategoriesState(Live, Asking, rx.State):
    """The account's categories. One form is open at most: a new one's, or that of `editing`."""

    access: ClassVar[Needed] = Right.CATEGORIES
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    rows: list[CategoryRow] = []
    errors: dict[str, str] = {}
    adding: bool = False
    editing: str = ""  # the name of the category that is being changed

    def _begin(self) -> None:
        self.doomed = ""

    async def _load(self, session: SessionView) -> None:
        self.rows = await _rows(session.account_id)
        if self.editing not in [row.name for row in self.rows]:
            self.editing = ""

    def _losses(self) -> list[Loss]:
        return [Loss(row.name, row.name, _what_goes(row)) for row in self.rows]

    @rx.event
    async def show_form(self, shown: bool) -> Any:
        """Open or close the form of a new category."""
        if await self._session() is None:
            return to_sign_in()
        self.adding, self.editing, self.errors = shown is True, "", {}
        return None

    @rx.event
    async def edit(self, name: str) -> Any:
        """Open the form of a category in its place in the list; an empty name closes it."""
        if await self._session() is None:
            return to_sign_in()
        known = isinstance(name, str) and name in [row.name for row in self.rows]
        self.adding, self.editing, self.errors = False, name if known else "", {}
        return None

    @rx.event
    async def change(self, form: dict[str, Any]) -> Any:
        """Give the category that is being changed another name, colour or emoji."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not self.editing:
            return None
        try:
            await _change(session, self.editing, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.editing, self.errors = "", {}
        await self._show()
        return None

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Add a category."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await _create(session, form)
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "name")
            return None
        self.adding, self.errors = False, {}
        await self._show()
        return None

    @rx.event
    async def quick_start(self) -> Any:
        """Add bug, sale and question."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await quick_start(session)
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        await self._show()
        return None

    @rx.event
    async def delete(self) -> Any:
        """Delete the category that was asked about, with its events."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        doomed, self.doomed = self.doomed, ""
        return await _delete(session, doomed) if doomed else None


async def _rows(account_id: str) -> list[CategoryRow]:
    async def load() -> list[CategoryRow]:
        found = await current().database.read(list_categories, account_id)
        return [_row(category) for category in found]

    return await shared(account_id, "categories", load)


def _row(category: CategoryView) -> CategoryRow:
    return CategoryRow(
        name=category.name,
        emoji=category.emoji or DEFAULT_EMOJI,
        color=color_hex(category.color),
        events=f"{category.events_count:,}",
        events_count=category.events_count,
        own_emoji=category.emoji or "",
        fields=category.unique_field_count,
        last_ping=iso_milliseconds(category.last_ping) if category.last_ping else "",
        created=iso_milliseconds(category.created_at),
        escalates=line_text(steps_of(category.escalation)),
        acknowledge=category.acknowledge,
    )


def _entered(form: object) -> dict[str, Any]:
    """Return name, colour, emoji and the rest as they are stored. Raises Invalid."""
    return {
        "name": parse_name(entered(form, "name")),
        "color": parse_color(entered(form, "color")),
        "emoji": parse_emoji(entered(form, "emoji")),
        "acknowledge": is_ticked(form, "acknowledge"),
    }


async def _create(session: SessionView, form: object) -> None:
    values = _entered(form)
    what = session.act(Action.CATEGORY_CREATED, values["name"])
    await current().writer.act(what, add_category, session.account_id, now=now(), **values)


async def _change(session: SessionView, name: str, form: object) -> None:
    account_id, changes = session.account_id, _entered(form)
    await current().writer.change(
        session.act(Action.CATEGORY_CHANGED, name),
        looks.at_category(account_id, name, changes["name"]),
        change_category,
        *(account_id, name, changes, now()),
    )


async def _delete(session: SessionView, name: str) -> Any:
    what = session.act(Action.CATEGORY_DELETED, name)
    try:
        gone = await current().writer.act(what, delete_category, session.account_id, name)
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    return toast.success(f"Deleted {name} and {_count(gone)}.")


def _count(events: int) -> str:
    return f"{events:,} event{'' if events == 1 else 's'}"


def _what_goes(row: CategoryRow) -> str:
    if row.events_count == 0:
        return "It has no events. Integrations that use it will get 404 from then on."
    return (
        f"{_count(row.events_count)} and their delivery logs go with it. This cannot be undone. "
        "Integrations that use it will get 404 from then on."
    )
