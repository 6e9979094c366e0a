"""Channels of one's own: copies for oneself alone, of the events that one ticks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.category import DEFAULT_EMOJI
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.role import Right
from pingpilot_app.domain.severity import Severity
from pingpilot_app.storage import looks
from pingpilot_app.storage.categories import CategoryView, list_categories
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.own_destinations import (
    Wishes,
    list_own,
    make_own,
    set_wishes,
    wishes_of,
)
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.entered import entered, is_ticked, now
from pingpilot_app.ui.pages.channels.desk import Desk
from pingpilot_app.ui.session import to_sign_in

SOME = "some"  # of what there is, those that are ticked; else all


@dataclass(frozen=True)
class Choice:
    """Something that can be ticked; `name` is that of its box."""

    name: str
    label: str
    ticked: bool


class OwnChannelsState(Desk, rx.State):
    """The channels of whoever looks, in this account, and what they want there."""

    access: ClassVar[Needed] = Right.OWN_CHANNELS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}
    right: ClassVar[Right] = Right.OWN_CHANNELS
    own: ClassVar[bool] = True
    prefix: ClassVar[str] = "own-"
    linked: ClassVar[str] = "Linked. Your copies will arrive there."

    categories: list[Choice] = []
    severities: list[Choice] = []
    every_category: bool = True
    every_severity: bool = True
    summary: str = ""  # what arrives now
    kept: str = ""  # what came of the last choice

    def _begin(self) -> None:
        super()._begin()
        self.kept = ""

    async def _load(self, session: SessionView) -> None:
        if not session.may(Right.OWN_CHANNELS):
            return
        found = await current().database.read(_read, session)
        self._lay_out(found.destinations, found.outages)
        wishes = found.wishes
        self._put(
            categories=[_category(one, wishes) for one in found.categories],
            severities=[_severity(one, wishes) for one in Severity],
            every_category=wishes.categories is None,
            every_severity=wishes.severities is None,
            summary=_summary(found),
        )

    async def _prepare(self, session: SessionView) -> None:
        sandboxed = current().is_sandboxed(Channel.EMAIL)
        whose = session.account_id, session.user_id, now()
        await current().writer.run(None, make_own, *whose, sandboxed=sandboxed)

    @rx.event
    async def choose(self, form: dict[str, Any]) -> Any:
        """Keep which categories and severities are ticked."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if isinstance(form, dict):
            await _choose(session, form)
            self.kept = "Kept. It holds from the next event on."
            await self._show()
        return None


@dataclass(frozen=True)
class _Found:
    destinations: list[DestinationView]
    outages: list[OutageView]
    wishes: Wishes
    categories: list[CategoryView]


def _read(connection: Connection, session: SessionView) -> _Found:
    whose = session.account_id, session.user_id
    return _Found(
        list_own(connection, *whose),
        list_outages(connection, session.account_id),
        wishes_of(connection, *whose),
        list_categories(connection, session.account_id),
    )


def _category(category: CategoryView, wishes: Wishes) -> Choice:
    ticked = wishes.categories is None or category.id in wishes.categories
    label = f"{category.emoji or DEFAULT_EMOJI} {category.name}"
    return Choice(f"category-{category.name}", label, ticked)


def _severity(severity: Severity, wishes: Wishes) -> Choice:
    ticked = wishes.severities is None or severity in wishes.severities
    return Choice(f"severity-{severity.value}", severity.label, ticked)


async def _choose(session: SessionView, form: dict[str, Any]) -> None:
    account_id, user_id = session.account_id, session.user_id
    known = await current().database.read(list_categories, account_id)
    ids = (one.id for one in known if is_ticked(form, f"category-{one.name}"))
    kinds = frozenset(one for one in Severity if is_ticked(form, f"severity-{one.value}"))
    some_kinds = entered(form, "severities") == SOME and len(kinds) < len(Severity)
    wishes = Wishes(
        frozenset(ids) if entered(form, "categories") == SOME else None,
        kinds if some_kinds else None,
    )
    await current().writer.change(
        session.act(Action.OWN_EVENTS_CHOSEN),
        looks.at_wishes(account_id, user_id),
        set_wishes,
        *(account_id, user_id, wishes),
    )


def _summary(found: _Found) -> str:
    """Return what arrives now, in words."""
    on = [one.channel.label for one in found.destinations if one.obstacle is None]
    if not on:
        return "You get no copies now: none of these channels is on and verified."
    if _wants_nothing(found):
        return "You get no copies now: nothing is ticked below."
    return f"You get copies by {listed(on)}{_of_what(found)}."


def _wants_nothing(found: _Found) -> bool:
    known = frozenset(one.id for one in found.categories)
    some, kinds = found.wishes.categories, found.wishes.severities
    return (some is not None and not some & known) or kinds == frozenset()


def _of_what(found: _Found) -> str:
    some, kinds = found.wishes.categories, found.wishes.severities
    names = [one.name for one in found.categories if some is not None and one.id in some]
    grave = [one.label.lower() for one in Severity if kinds is not None and one in kinds]
    of = f" of {listed(names)}" if names else " of all categories"
    return f"{of}, where the severity is {listed(grave, 'or')}" if grave else of


def listed(words: Sequence[str], link: str = "and") -> str:
    """Return `a, b and c`."""
    *most, last = words
    return f"{', '.join(most)} {link} {last}" if most else last
