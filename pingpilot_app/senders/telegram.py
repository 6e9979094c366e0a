"""Sends messages to Telegram chats.

API: https://core.telegram.org/bots/api#sendmessage
"""

import re

import httpx

from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.telegram import keyboard, render
from pingpilot_app.senders.sender import Destination, Identity, Receipt, Scope, SendError
from pingpilot_app.senders.telegram_api import Migrated, TelegramApi
from pingpilot_app.settings import TelegramSettings

_CHAT_ID = re.compile(r"-?[1-9][0-9]{0,18}", re.ASCII)


class TelegramSender:
    """Writes to chats through one bot. Telegram has no way to recognise a repeat."""

    def __init__(self, settings: TelegramSettings, client: httpx.AsyncClient) -> None:
        self._api = TelegramApi(settings, client)

    async def send(
        self,
        message: Message,
        destination: Destination,
        nonce: str,  # noqa: ARG002  # part of the protocol; Telegram takes none
    ) -> Receipt:
        """Deliver `message` to the chat. Raises SendError."""
        chat_id, text = _chat_id(destination.address), render(message)
        keys = keyboard(message) if message.button else None
        try:
            return Receipt(await self._api.send_message(chat_id, text, keys), editable=True)
        except Migrated as moved:
            new = moved.chat_id
        try:
            reference = await self._api.send_message(new, text, keys)
            return Receipt(reference, address=str(new), editable=True)
        except SendError as error:
            error.address = str(new)
            raise

    async def edit(self, message: Message, destination: Destination, reference: str) -> None:
        """Show `message` in the place of the one that was taken as `reference`. Raises SendError.

        https://core.telegram.org/bots/api#editmessagetext
        """
        chat_id = _chat_id(destination.address)
        await self._api.edit_text(chat_id, int(reference), render(message), keyboard(message))

    async def check(self) -> Identity:
        """Ask Telegram who the bot is. Raises SendError."""
        return await self._api.identity()

    async def close(self) -> None:
        """Do nothing: the client belongs to whoever made it."""


def _chat_id(address: str) -> int:
    if _CHAT_ID.fullmatch(address):
        return int(address)
    raise SendError(
        "This Telegram destination has no chat id: link it again in PingPilot, under Channels",
        failure=Failure.BAD_ADDRESS,
        permanent=True,
        scope=Scope.DESTINATION,
    )
