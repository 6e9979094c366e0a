"""All events, live: what is shown, what waits, and what the address says of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar
from urllib.parse import quote

import reflex as rx

from pingpilot_app.delivery.accept import check_quota
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import LimitReached
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.configuration import Configuration
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui import onboarding
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.components.snippet import curl
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.pages.feed.blocks import add_block_vars
from pingpilot_app.ui.pages.feed.filters import (
    CHANNELS,
    ID_MAX,
    STATUSES,
    WHOSE,
    Filters,
    as_text,
    asked_for,
    known,
)
from pingpilot_app.ui.pages.feed.responding import Responding
from pingpilot_app.ui.pages.feed.visit import Visit
from pingpilot_app.ui.session import to_sign_in


class FeedState(Visit, Responding, rx.State):
    """The events that match the filters: those of the address, and those that are chosen."""

    access: ClassVar[Needed] = Right.LOOK
    access_to: ClassVar[Mapping[str, Needed]] = dict.fromkeys(
        ("claim", "let_go", "resolve"), Right.RESPOND
    )

    me: str = ""  # the viewer's id: rows are the same for everybody, and say whose they are by it
    category: str = ""
    status: str = ""
    channel: str = ""
    text: str = ""
    whose: str = ""
    filtered: bool = False
    typed: int = 0  # differs whenever the address, not the keyboard, has changed the text
    note: str = ""  # about filters in the address that do not exist
    address: str = "/feed"
    opening: str = "/feed?event="  # what an event's id is put behind to open it beside the list
    selected: str = ""  # the event beside the list
    categories: list[str] = []
    blocked: str = ""  # why the next event would be refused
    mend: str = "/channels"  # the page where that is mended
    command: str = ""

    _asked: Filters = Filters()  # what the address asks for, existing or not
    _retype: bool = False  # whether the box has to be told the text
    _issued: list[str] = []  # addresses that this state led to and that did not come back yet

    def _begin(self) -> None:
        self._come()
        query = self.router.url.query_parameters
        self._put(selected=quote(query.get("event", "")[:ID_MAX], safe=""))
        asked, before = asked_for(query), self.get_value("_asked")
        if asked.address in self._issued:  # it comes from here, and more may have been typed since
            del self._issued[: self._issued.index(asked.address) + 1]
        elif asked != before:  # not where a lost connection comes back
            self._issued.clear()
            self._asked, self._retype = asked, asked.text != before.text
            self._restart()

    async def _load(self, session: SessionView) -> None:
        account = await _account(session.account_id)
        self._put(
            me=session.user_id,
            categories=account.categories,
            blocked=account.blocked,
            mend=account.mend,
            command=account.command,
        )
        self._settle()
        await self._visit(session)
        await self._look(session)
        self._read_on(session)

    def _settle(self) -> None:
        """Tell which of the filters hold."""
        filters, note = known(self.get_value("_asked"), self.categories)
        self._put(
            **asdict(filters),
            filtered=filters != Filters(),
            note=note,
            typed=self.typed + self._retype,
            address=filters.address,
            opening=f"{filters.address}{'&' if filters != Filters() else '?'}event=",
        )
        self._retype = False

    def _filters(self) -> Filters:
        return Filters(self.category, self.status, self.channel, self.text, self.whose)

    async def _filter(self, **chosen: str) -> Any:
        """Show what a person chose, and put it into the address."""
        before = self._filters()
        self._asked = asked = replace(before, **chosen)
        self._restart()
        await self._show()
        leading_to = self._issued[-1:] or [asked_for(self.router.url.query_parameters).address]
        if asked.address in leading_to:
            return None
        self._issued.append(asked.address)
        types_on = before.text != "" and asked == replace(before, text=asked.text)
        path = f"{self.opening}{self.selected}" if self.selected else asked.address
        return rx.redirect(path, replace=types_on)  # going back does not repeat each letter

    @rx.event
    async def choose_category(self, name: str) -> Any:
        """Show one category, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(name, str) and (name == "" or name in self.categories):
            return await self._filter(category=name)
        return None

    @rx.event
    async def choose_status(self, status: str) -> Any:
        """Show events of one status, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(status, str) and status in ("", *STATUSES):
            return await self._filter(status=status)
        return None

    @rx.event
    async def choose_channel(self, channel: str) -> Any:
        """Show events that went by one channel, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(channel, str) and channel in ("", *CHANNELS):
            return await self._filter(channel=channel)
        return None

    @rx.event
    async def choose_whose(self, whose: str) -> Any:
        """Show one's own events, those that nobody is on, those that are done, or all."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(whose, str) and whose in ("", *WHOSE):
            return await self._filter(whose=whose)
        return None

    @rx.event
    async def search(self, text: str) -> Any:
        """Show events that have this text."""
        if await self._session() is None:
            return to_sign_in()
        return await self._filter(text=as_text(text)) if isinstance(text, str) else None

    @rx.event
    async def show_all(self) -> Any:
        """Drop all filters."""
        if await self._session() is None:
            return to_sign_in()
        self._retype = True
        return await self._filter(**asdict(Filters()))


add_block_vars(FeedState)


@dataclass(frozen=True)
class _Account:
    categories: list[str]
    blocked: str
    mend: str
    command: str


async def _account(account_id: str) -> _Account:
    async def load() -> _Account:
        found = await current().cache.configuration(account_id, now())
        names = sorted(found.categories)
        command = curl(category=names[0] if names else "bug")
        return _Account(names, *_refusal(found), command)

    return await shared(account_id, "feed-account", load)


def _refusal(account: Configuration) -> tuple[str, str]:
    """Return why the next event would be refused and where that is mended; empty: it would not."""
    try:
        check_quota(account, now())
    except LimitReached as refusal:
        return refusal.message, "/quota"
    return onboarding.blocked(account), "/channels"
