"""Sends messages to Telegram chats.

API: https://core.telegram.org/bots/api#sendmessage
"""

import re

import httpx

from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.telegram import render
from pingpilot_app.senders.sender import Destination, Receipt, Scope, SendError
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
        try:
            return Receipt(await send_message(self._api, chat_id, text))
        except Migrated as moved:
            new = moved.chat_id
        return Receipt(await send_message(self._api, new, text), address=str(new))

    async def close(self) -> None:
        """Do nothing: the client belongs to whoever made it."""


async def send_message(api: TelegramApi, chat_id: int, text: str) -> str:
    """Send plain text and return the message's id. Raises SendError."""
    result = await api.call(
        "sendMessage",
        {"chat_id": chat_id, "text": text, "link_preview_options": {"is_disabled": True}},
    )
    message_id = result.get("message_id") if isinstance(result, dict) else None
    if type(message_id) is int:
        return str(message_id)
    raise SendError(
        "Telegram took the message without saying its id",
        permanent=False,
        possibly_delivered=True,
    )


def _chat_id(address: str) -> int:
    if _CHAT_ID.fullmatch(address):
        return int(address)
    raise SendError(
        "This Telegram destination has no chat id: link it again in PingPilot, under Channels",
        permanent=True,
        scope=Scope.DESTINATION,
    )
