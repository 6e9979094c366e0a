"""What the set-up of channels does, whosever they are: the account's or one's own."""

import time
from collections.abc import Sequence
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.codes import confirm_code, send_code, send_test, start_link
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.verification import LINK_LIFETIME
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right
from pingpilot_app.storage import looks
from pingpilot_app.storage.destinations import DestinationView, set_enabled
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import entered, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.channels.cards import ChannelCard, card_of, channel_of
from pingpilot_app.ui.pages.channels.trials import TrialRow, trial_row
from pingpilot_app.ui.qr import qr_of
from pingpilot_app.ui.session import to_sign_in

_BY_CODE = (Channel.DISCORD, Channel.EMAIL)


class Desk(Live, mixin=True):
    """Three channels, each by its name.

    `said` and `wrong` are what came back of the last step, `trials` of a test.
    """

    right: ClassVar[Right] = Right.CHANNELS  # that its set-up needs
    own: ClassVar[bool] = False  # each member has channels of their own here
    prefix: ClassVar[str] = ""  # of ids on the page
    linked: ClassVar[str] = "Linked. Your events will arrive there."

    cards: dict[str, ChannelCard] = {}
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    trials: dict[str, TrialRow] = {}
    trying: str = ""  # the channel by which a test is on its way
    editing: str = ""  # the channel whose address is being changed
    link: str = ""  # Telegram's start link, while it waits to be opened
    qr: str = ""  # the same as a picture
    link_until: str = ""

    _link_ends: float = 0.0  # by the clock of time.monotonic()

    def _whose(self, session: SessionView) -> str | None:
        """Return whose channels these are: the member's, None for the account's."""
        return session.user_id if self.own else None

    async def _prepare(self, session: SessionView) -> None:
        """See to it that there is something to change."""

    def _begin(self) -> None:
        self.said, self.wrong, self.trials = {}, {}, {}
        self.editing = self.trying = ""

    def _lay_out(self, found: Sequence[DestinationView], outages: Sequence[OutageView]) -> None:
        """Show these channels."""
        self.cards = {one.channel.value: card_of(one, outages) for one in found}
        if self.link and self.cards["telegram"].state == "ready":
            self._put_link("")
            self._tell("telegram", self.linked)
        elif self.link and time.monotonic() > self._link_ends:
            self._put_link("")
            self._tell("telegram", wrong="The link is too old by now. Make a new one.")

    def _put_link(self, link: str) -> None:
        self.link = link
        self.qr = qr_of(link) if link else ""
        self.link_until = iso_milliseconds(now() + LINK_LIFETIME) if link else ""
        self._link_ends = time.monotonic() + LINK_LIFETIME.total_seconds()

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
            await self._prepare(session)
            await _switch(session, channel, on, self._whose(session))
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
        if channel in _BY_CODE:
            await self._prepare(session)
            where = current(), session.account_id, channel, entered(form, "address")
            whose = self._whose(session)
            wrong = await _refusal(send_code(*where, actor=session.actor, user_id=whose))
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
        if channel in _BY_CODE:
            await self._prepare(session)
            what = current(), session.account_id, channel, entered(form, "code")
            whose = self._whose(session)
            wrong = await _refusal(confirm_code(*what, actor=session.actor, user_id=whose))
            self._tell(channel.value, "" if wrong else "Verified.", wrong)
            await self._show()
        return None

    @rx.event
    async def begin_link(self, form: dict[str, Any]) -> Any:
        """Make the link that the owner opens in Telegram."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        await self._prepare(session)
        what, whose = entered(form, "address"), self._whose(session)
        where = current(), session.account_id, what
        try:
            link = await start_link(*where, actor=session.actor, user_id=whose)
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
            await self._prepare(session)
            where, whose = (current(), session.account_id, channel), self._whose(session)
            trial = await send_test(*where, actor=session.actor, user_id=whose)
            self._tell(channel.value)
            row = trial_row(trial, channel, was_broken=not self.own and self._is_broken(channel))
            self.trials = self.trials | {channel.value: row}
            await self._show()
        return None

    def _is_broken(self, channel: Channel) -> bool:
        card = self.cards.get(channel.value)
        return card is not None and card.state == "broken"


async def _refusal(step: Any) -> str:
    """Return the sentence that `step` was refused with, empty where it worked."""
    try:
        await step
    except PingPilotError as refusal:
        return refusal.message
    return ""


async def _switch(session: SessionView, channel: Channel, on: bool, user_id: str | None) -> None:
    account_id = session.account_id
    action = Action.OWN_CHANNEL_SWITCHED if user_id else Action.CHANNEL_SWITCHED
    await current().writer.change(
        session.act(action, channel.label),
        looks.at_channel(account_id, channel, user_id),
        set_enabled,
        *(account_id, channel, on, now()),
        user_id=user_id,
    )
