"""Channels: where events go, proved and tried."""

from typing import Any

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.codes import send_code, send_test
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.verification import begin_link, confirm_code
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, PingPilotError
from pingpilot_app.storage.destinations import DestinationView, list_destinations, set_enabled
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import entered, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.channels.cards import ChannelCard, card_of, channel_of
from pingpilot_app.ui.pages.channels.failures import FailuresState
from pingpilot_app.ui.pages.channels.replay_run import forget_run
from pingpilot_app.ui.session import to_sign_in

WRONG_CODE = "This code is wrong or too old. Check it, or send a new one."


class ChannelsState(Live, rx.State):
    """The three channels. `said` and `wrong` are by channel: what came back of the last step."""

    cards: dict[str, ChannelCard] = {}
    said: dict[str, str] = {}
    wrong: dict[str, str] = {}
    editing: str = ""  # the channel whose address is being changed
    link: str = ""  # Telegram's start link, while it waits to be opened

    _opened: bool = False  # just now

    def _begin(self) -> None:
        self.said, self.wrong, self.editing, self._opened = {}, {}, "", True

    async def _load(self, session: SessionView) -> None:
        found, outages = await current().database.read(_read, session.account_id)
        self.cards = {one.channel.value: card_of(one, outages) for one in found}
        if self.link and self.cards["telegram"].state == "ready":
            self.link = ""
            self._tell("telegram", "Linked. Your events will arrive there.")

        if self._opened:
            self._opened = False
            forget_run(session.account_id)
        await (await self.get_state(FailuresState))._show()

    def _tell(self, channel: str, said: str = "", wrong: str = "") -> None:
        self.said = self.said | {channel: said}
        self.wrong = self.wrong | {channel: wrong}

    @rx.event
    async def switch(self, name: str, on: bool) -> Any:
        """Switch a channel on or off."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        if channel and isinstance(on, bool):
            account_id = session.account_id
            await current().writer.run(account_id, set_enabled, account_id, channel, on, now())
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
                send_code(current(), session.account_id, channel, entered(form, "address"))
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
            wrong = await _refusal(_confirm(session.account_id, channel, entered(form, "code")))
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
            self.link = await _link(session.account_id, entered(form, "address"))
        except PingPilotError as refusal:
            self._tell("telegram", wrong=refusal.message)
            return None
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
    async def send_test(self, name: str) -> Any:
        """Send a test message and show what came back."""
        session, channel = await self._session(), channel_of(name)
        if session is None:
            return to_sign_in()
        if channel:
            wrong = await _refusal(send_test(current(), session.account_id, channel))
            self._tell(channel.value, "" if wrong else self._taken(channel), wrong)
            await self._show()
        return None

    def _taken(self, channel: Channel) -> str:
        card = self.cards.get(channel.value)
        mended = " It works again: replay below what failed." if card and card.trouble else ""
        return f"{channel.label} took the test message. Have a look there.{mended}"


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


async def _confirm(account_id: str, channel: Channel, code: str) -> None:
    instance = current()
    right = await instance.writer.run(
        account_id, confirm_code, account_id, channel, code, instance.pepper
    )
    if not right:
        raise Invalid(WRONG_CODE)


async def _link(account_id: str, username: str) -> str:
    instance = current()
    bot = instance.providers.telegram
    if bot is None:
        raise Invalid("Telegram is not set up by this instance's operator.")
    token = await instance.writer.run(account_id, begin_link, account_id, username, instance.pepper)
    return f"https://t.me/{bot.bot_username}?start={token}"
