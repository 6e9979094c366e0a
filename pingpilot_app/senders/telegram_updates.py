"""What people write to the Telegram bot and which buttons they press, read by long poll.

API: https://core.telegram.org/bots/api#getupdates
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from pingpilot_app.senders.telegram_api import TelegramApi
from pingpilot_app.settings import TelegramSettings


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that happened. What is neither text nor a press has chat_id 0 and empty texts.

    `chat_type` is `private`, `group`, `supergroup` or `channel`; `username` comes without @.
    `press` is set where a button of a message in that chat was pressed, `pressed` what it sends.
    """

    update_id: int
    chat_id: int = 0
    chat_type: str = ""
    username: str | None = None
    text: str = ""
    first_name: str = ""
    press: str = ""
    pressed: str = ""


_WANTED = ["message", "callback_query"]


class TelegramUpdates:
    """The bot's side of a conversation: reading what came in, and answering."""

    def __init__(self, settings: TelegramSettings, client: httpx.AsyncClient) -> None:
        self._api = TelegramApi(settings, client)

    async def get_updates(self, offset: int, timeout: int) -> list[Update]:  # noqa: ASYNC109  # Telegram's own parameter
        """Return the updates from `offset` on, waiting up to `timeout` seconds for one.

        Asking with an offset tells Telegram to forget everything before it. Raises SendError;
        its code is `409` where another process reads the same bot.
        """
        body = {"offset": offset, "timeout": timeout, "allowed_updates": _WANTED}
        result = await self._api.get_updates(body, timeout)
        return [_update(entry) for entry in result if _has_id(entry)]

    async def send_text(self, chat_id: int, text: str) -> None:
        """Write plain text (≤ 4,096 UTF-16 units) to a chat. Raises SendError."""
        await self._api.send_message(chat_id, text)

    async def answer_press(self, press: str, text: str) -> None:
        """Tell whoever pressed a button what came of it, in ≤ 200 characters. Raises SendError."""
        await self._api.answer_press(press, text)

    async def bot_username(self) -> str:
        """Return the bot's own username, without @. Raises SendError."""
        return (await self._api.identity()).name.removeprefix("@")


def _has_id(entry: Any) -> bool:
    return isinstance(entry, dict) and type(entry.get("update_id")) is int


def _update(entry: Mapping[str, Any]) -> Update:
    query = _part(entry.get("callback_query"))
    message = _part(query.get("message") or entry.get("message"))
    sender = _part((query or message).get("from"))
    chat = _part(message.get("chat"))
    chat_id = chat.get("id")
    return Update(
        update_id=entry["update_id"],
        chat_id=chat_id if type(chat_id) is int else 0,
        chat_type=_text(chat, "type"),
        username=_text(sender, "username") or None,
        text="" if query else _text(message, "text"),
        first_name=_text(sender, "first_name"),
        press=_text(query, "id"),
        pressed=_text(query, "data"),
    )


def _part(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(part: Mapping[str, Any], key: str) -> str:
    value = part.get(key)
    return value if isinstance(value, str) else ""
