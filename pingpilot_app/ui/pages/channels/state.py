"""Channels: where events go, proved and tried."""

import time
from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.codes import confirm_code, send_code, send_test, start_link
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.verification import LINK_LIFETIME
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.destinations import DestinationView, list_destinations, set_enabled
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.entered import entered, now
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.pages.channels.cards import ChannelCard, card_of, channel_of
from pingpilot_app.ui.pages.channels.failures import FailuresState
from pingpilot_app.ui.pages.channels.replay_run import forget_run
from pingpilot_app.ui.pages.channels.trials import HealthRow, TrialRow, load_health, trial_row
from pingpilot_app.ui.qr import qr_of
from pingpilot_app.ui.session import to_sign_in

HEALTH_KEPT = 5.0  # seconds: a busy account's deliveries are not counted at every event


class ChannelsState(Live, rx.State):
    """The three channels, each by its name.

    `said` and `wrong` are what came back of the last step, `trials` of a test.
    """

    access: ClassVar[Needed] = Right.CHANNELS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    cards: dict[str, ChannelCard] = {}
    health: dict[str, HealthRow] = {}
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    trials: dict[str, TrialRow] = {}
    trying: str = ""  # the channel by which a test is on its way
    editing: str = ""  # the channel whose address is being changed
    link: str = ""  # Telegram's start link, while it waits to be opened
    qr: str = ""  # the same as a picture
    link_until: str = ""

    _opened: bool = False  # just now
    _link_ends: float = 0.0  # these two by the clock of time.monotonic()
    _health_at: float = 0.0

    def _begin(self) -> None:
        self.said, self.wrong, self.trials, self._opened = {}, {}, {}, True
        self.editing = self.trying = ""
        self._health_at = 0.0

    async def _load(self, session: SessionView) -> None:
        found, outages = await current().database.read(_read, session.account_id)
        self.cards = {one.channel.value: card_of(one, outages) for one in found}
        self._look_at_link()
        await self._look_at_health(session.account_id)
        if self._opened:
            self._opened = False
            forget_run(session.account_id)
        await (await self.get_state(FailuresState))._show()

    def _look_at_link(self) -> None:
        if self.link and self.cards["telegram"].state == "ready":
            self._put_link("")
            self._tell("telegram", "Linked. Your events will arrive there.")
        elif self.link and time.monotonic() > self._link_ends:
            self._put_link("")
            self._tell("telegram", wrong="The link is too old by now. Make a new one.")

    def _put_link(self, link: str) -> None:
        self.link = link
        self.qr = qr_of(link) if link else ""
        self.link_until = iso_milliseconds(now() + LINK_LIFETIME) if link else ""
        self._link_ends = time.monotonic() + LINK_LIFETIME.total_seconds()

    async def _look_at_health(self, account_id: str) -> None:
        if time.monotonic() - self._health_at < HEALTH_KEPT and self.health:
            return
        self.health = await shared(account_id, "health", lambda: load_health(account_id))
        self._health_at = time.monotonic()

    def _tell(self, channel: str, said: str = "", wrong: str = "") -> None:
        self.said = self.said | {channel: said}
        self.wrong = self.wrong | {channel: wrong}
        self.trials = self.trials | {channel: TrialRow()}

    @rx.event
    async def switch(self, name: str, on: bool) -> Any:
        """Switch a channel on or off."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        if channel and isinstance(on, bool):
            await _switch(session, channel, on)
            await self._show()
        return None

    @rx.event
    async def edit(self, name: str) -> Any:
        """Open the form for another address; an empty name closes it."""
        if await self._session() is None:
            return to_sign_in()
        channel = channel_of(name)
        self.editing = channel.value if channel else ""
        if channel:
            self._tell(channel.value)
        return None

    @rx.event
    async def send_code(self, form: dict[str, Any]) -> Any:
        """Send a code to the address that was entered."""
        session, channel = await self._session(), channel_of(entered(form, "channel"))
        if session is None:
            return to_sign_in()
        if channel in (Channel.DISCORD, Channel.EMAIL):
            wrong = await _refusal(
                send_code(
                    *(current(), session.account_id, channel, entered(form, "address")),
                    actor=session.actor,
                )
            )
            self._tell(channel.value, "" if wrong else "Sent. It works for 10 minutes.", wrong)
            self.editing = self.editing if wrong else ""
            await self._show()
        return None

    @rx.event
    async def confirm(self, form: dict[str, Any]) -> Any:
        """Check the code that was entered."""
        session, channel = await self._session(), channel_of(entered(form, "channel"))
        if session is None:
            return to_sign_in()
        if channel in (Channel.DISCORD, Channel.EMAIL):
            wrong = await _refusal(
                confirm_code(
                    *(current(), session.account_id, channel, entered(form, "code")),
                    actor=session.actor,
                )
            )
            self._tell(channel.value, "" if wrong else "Verified.", wrong)
            await self._show()
        return None

    @rx.event
    async def begin_link(self, form: dict[str, Any]) -> Any:
        """Make the link that the owner opens in Telegram."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            username = entered(form, "address")
            account_id = session.account_id
            link = await start_link(current(), account_id, username, actor=session.actor)
        except PingPilotError as refusal:
            self._tell("telegram", wrong=refusal.message)
            return None
        self._put_link(link)
        self._tell("telegram")
        self.editing = ""
        await self._show()
        return None

    @rx.event
    async def press_start(self) -> Any:
        """Do in the sandbox what the owner would do in Telegram."""
        if await self._session() is None:
            return to_sign_in()
        sandbox, card = current().sandbox, self.cards.get("telegram")
        if sandbox and card and card.sandboxed and self.link:
            sandbox.telegram.press_start(card.label, self.link.rpartition("=")[2])
        return None

    @rx.event
    async def begin_test(self, name: str) -> Any:
        """Say that a test is on its way; `send_test` comes next."""
        if await self._session() is None:
            return to_sign_in()
        channel = channel_of(name)
        if channel:
            self._tell(channel.value)
            self.trying = channel.value
        return None

    @rx.event
    async def send_test(self, name: str) -> Any:
        """Send a test message and show what came back."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        self.trying = ""
        if channel:
            trial = await send_test(current(), session.account_id, channel, actor=session.actor)
            self._tell(channel.value)
            row = trial_row(trial, channel, was_broken=self._is_broken(channel))
            self.trials = self.trials | {channel.value: row}
            await self._show()
        return None

    def _is_broken(self, channel: Channel) -> bool:
        card = self.cards.get(channel.value)
        return card is not None and card.state == "broken"


def _read(
    connection: Connection, account_id: str
) -> tuple[list[DestinationView], list[OutageView]]:
    return list_destinations(connection, account_id), list_outages(connection, account_id)


async def _refusal(step: Any) -> str:
    """Return the sentence that `step` was refused with, empty where it worked."""
    try:
        await step
    except PingPilotError as refusal:
        return refusal.message
    return ""


async def _switch(session: SessionView, channel: Channel, on: bool) -> None:
    account_id = session.account_id
    await current().writer.change(
        session.act(Action.CHANNEL_SWITCHED, channel.label),
        looks.at_channel(account_id, channel),
        set_enabled,
        *(account_id, channel, on, now()),
    )
