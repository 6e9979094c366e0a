"""What the page of an event knows and does."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import reflex as rx
from reflex.event import EventSpec
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.replay import replay_event
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, NotFound, PingPilotError
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.mention import Member
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.claims import ClaimView, CommentView, claims_of, list_comments
from pingpilot_app.storage.copies import CopyView, list_copies
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.events import EventView, Neighbours, get_event, get_neighbours
from pingpilot_app.storage.mentions import list_named
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import is_ticked, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.pages.channels.cards import channel_of
from pingpilot_app.ui.pages.event.copies import CopyRow, copy_rows
from pingpilot_app.ui.pages.event.journey import JourneyRow, journey_row
from pingpilot_app.ui.pages.event.looks import Looks, looks_of
from pingpilot_app.ui.pages.event.responding import EVENT_ID
from pingpilot_app.ui.pages.event.talk import Talk, seen_by, talk_of
from pingpilot_app.ui.rows import EventRow, in_order, outage_row, whole_row
from pingpilot_app.ui.session import to_sign_in

REST = 0.1  # seconds between two looks: people who talk answer each other


@dataclass(frozen=True)
class EventDetail:
    """All that the page shows of an event."""

    event: EventRow
    journeys: list[JourneyRow]
    failed: int  # deliveries
    looks: Looks
    copies: list[CopyRow]  # for members, as whoever looks may see them
    newer: str  # the paths of the events before and after it, empty at the ends
    older: str


class EventState(Live, rx.State):
    """The event that the address names; `found` has one, or none.

    It has a page of its own, and a place beside the feed: `/feed?event=evt_…`.
    """

    access: ClassVar[Needed] = Right.RESEND
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK, "show_earlier": Right.LOOK}

    found: list[EventDetail] = []
    talk: Talk = Talk()
    mine: bool = False  # it is the viewer who is on it
    whole: bool = False  # all of the conversation is shown
    asked: str = ""  # the channel that the dialog asks about
    asked_label: str = ""
    choosing: bool = False  # the dialog asks by which channels to send again

    def _begin(self) -> None:
        self.asked, self.choosing = "", False
        if [detail.event.id for detail in self.found] != [self._named()]:
            # Not where a lost connection comes back.
            self._put(ready=False, found=[], talk=Talk(), whole=False)

    async def _load(self, session: SessionView) -> None:
        event_id = self._named()
        nothing: _Shared = ([], [], Talk())
        found, copies, talk = await _detail(session.account_id, event_id) if event_id else nothing
        mine = copy_rows(copies, session.user_id)
        self._put(
            found=[replace(detail, copies=mine) for detail in found],
            talk=seen_by(session.user_id, talk, whole=self.whole),
            mine=talk.claim.user_id == session.user_id,
        )

    def _named(self) -> str:
        """Return the id in the address, empty where none can be that."""
        url = self.router.url
        beside = url.query_parameters.get("event", "")
        name = beside if url.path.startswith("/feed") else url.path.rstrip("/").rpartition("/")[2]
        return name if EVENT_ID.fullmatch(name) else ""

    def _pause(self) -> float:
        return REST

    def _is_over(self) -> bool:
        return not self._named()  # another address begins anew

    @rx.event
    async def retry(self, name: str) -> Any:
        """Send by a channel that waits for its next try or failed, now."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        if channel is None or not self._named():
            return None
        answer = await _told(_retry(session, self._named(), channel))
        await self._show()
        return answer

    @rx.event
    async def replay(self) -> Any:
        """Send again by all channels that failed."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not self._named():
            return None
        answer = await _told(_replay(session, self._named()))
        await self._show()
        return answer

    @rx.event
    async def ask(self, name: str) -> Any:
        """Ask before something arrives a second time; an empty name closes the dialog."""
        if await self._session() is None:
            return to_sign_in()
        channel = channel_of(name)
        self.asked = channel.value if channel else ""
        self.asked_label = channel.label if channel else self.asked_label
        return None

    @rx.event
    async def send_again(self) -> Any:
        """Send by the channel that was asked about, once for each time of asking."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        channel, self.asked = channel_of(self.asked), ""
        if channel is None or not self._named():
            return None
        answer = await _told(_send_again(session, self._named(), channel))
        await self._show()
        return answer

    @rx.event
    async def choose(self, is_choosing: bool) -> Any:
        """Open or close the dialog that asks by which channels to send again."""
        if await self._session() is None:
            return to_sign_in()
        self.choosing = is_choosing is True and bool(self.found)
        return None

    @rx.event
    async def send_chosen(self, form: dict[str, Any]) -> Any:
        """Send by the channels that are ticked, once for each time the dialog is opened."""
        session, was_open = await self._session(), self.choosing
        if session is None:
            return to_sign_in()
        self.choosing = False
        if not was_open or not self._named():
            return None
        channels = frozenset(channel for channel in Channel if is_ticked(form, channel.value))
        answer = await _told(_send_by(session, self._named(), channels))
        await self._show()
        return answer

    @rx.event
    async def show_earlier(self) -> Any:
        """Show all of the conversation."""
        if await self._session() is None:
            return to_sign_in()
        self.whole = True
        await self._show()
        return None


async def _told(step: Any) -> EventSpec:
    """Return the toast that tells what came of `step`."""
    try:
        return toast.success(await step)
    except PingPilotError as refusal:
        return toast.error(refusal.message)


async def _again(
    session: SessionView,
    event_id: str,
    channels: frozenset[Channel] | None = None,
    *,
    again: bool = True,
) -> None:
    where = current(), session.account_id, event_id, channels
    await replay_event(*where, actor=session.actor, again=again)


async def _retry(session: SessionView, event_id: str, channel: Channel) -> str:
    account_id = session.account_id
    await _status(account_id, event_id, channel)  # refuses a channel that it did not go by
    try:  # a second click may come when it has arrived: it shall not arrive twice
        await _again(session, event_id, frozenset({channel}), again=False)
    except Conflict:
        return f"It has arrived by {channel.label} meanwhile."
    for outage in await current().database.read(list_outages, account_id):
        if outage.channel is channel and outage.failure is Failure.RATE_LIMITED:
            return f"{channel.label} asked for a pause; it is tried as soon as that is over."
    return f"{channel.label} is tried again now."


async def _replay(session: SessionView, event_id: str) -> str:
    try:
        await _again(session, event_id)
    except Conflict:
        return "Nothing is left to replay: it has arrived everywhere."
    return "All that failed is tried again now."


async def _send_again(session: SessionView, event_id: str, channel: Channel) -> str:
    if await _status(session.account_id, event_id, channel) is DeliveryStatus.DELIVERED:
        await _again(session, event_id, frozenset({channel}))
    return f"It goes to {channel.label} once more."


async def _send_by(session: SessionView, event_id: str, channels: frozenset[Channel]) -> str:
    if not channels:
        return "Nothing was ticked, so nothing was sent."
    for channel in channels:
        await _status(
            session.account_id, event_id, channel
        )  # refuses a channel that it did not go by
    await _again(session, event_id, channels)
    return f"It goes to {' and '.join(c.label for c in Channel if c in channels)} now."


async def _status(account_id: str, event_id: str, channel: Channel) -> DeliveryStatus:
    """Return where the event stands by this channel. Raises NotFound where it never went by it."""
    event = await current().database.read(get_event, account_id, event_id)
    for delivery in event.deliveries:
        if delivery.channel is channel:
            return delivery.status
    raise NotFound(f"This event did not go by {channel.label}.")


_Known = tuple[EventView, list[DestinationView], list[OutageView], Neighbours]
_Said = tuple[ClaimView | None, list[CommentView], list[Member]]
_Shared = tuple[list[EventDetail], list[CopyView], Talk]  # the same for all who look


async def _detail(account_id: str, event_id: str) -> _Shared:
    async def load() -> _Shared:
        try:
            known, copies, said = await current().database.read(_read, account_id, event_id)
        except NotFound:
            return [], [], Talk()
        return [_shown(*known)], copies, talk_of(*said)

    return await shared(account_id, ("event", event_id), load)


def _read(
    connection: Connection, account_id: str, event_id: str
) -> tuple[_Known, list[CopyView], _Said]:
    """Read all of one moment."""
    known = (
        get_event(connection, account_id, event_id),
        list_destinations(connection, account_id),
        list_outages(connection, account_id),
        get_neighbours(connection, account_id, event_id),
    )
    said = (
        claims_of(connection, account_id, [event_id]).get(event_id),
        list_comments(connection, account_id, event_id),
        list_named(connection, account_id),
    )
    return known, list_copies(connection, account_id, event_id), said


def _shown(
    event: EventView,
    destinations: list[DestinationView],
    outages: list[OutageView],
    around: Neighbours,
) -> EventDetail:
    settings, of = current().settings, {one.channel: one for one in destinations}
    tries, moment = current().policy.schedule.attempts, now()
    addresses = {one.channel: one.label or "" for one in destinations}
    return EventDetail(
        whole_row(event),
        [
            journey_row(one, of[one.channel], outage_row(outages, of[one.channel]), tries, moment)
            for one in in_order(event.deliveries)
        ],
        sum(one.status is DeliveryStatus.FAILED for one in event.deliveries),
        looks_of(event, addresses, settings.public_url, settings.email_from),
        [],
        _path(around.newer),
        _path(around.older),
    )


def _path(event_id: str | None) -> str:
    return f"/events/{event_id}" if event_id else ""
