"""Reads what people send to the Telegram bot: links of chats, and buttons that were pressed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy import Connection

from pingpilot_app.delivery.verification import TOO_OLD, finish_link, whose_link
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_button import handle_of, pressed
from pingpilot_app.domain.errors import Forbidden, Invalid, NotFound
from pingpilot_app.senders.sender import SendError
from pingpilot_app.senders.telegram_updates import TelegramUpdates, Update
from pingpilot_app.storage import looks
from pingpilot_app.storage.audit import noted
from pingpilot_app.storage.readers import NOT_YOURS, Reading
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

POLL = 25  # seconds that Telegram holds a request open
PAUSE = 5.0  # seconds after an error
LOGGED_EVERY = 120  # errors in a row, about ten minutes

ANSWER_MAX = 200  # characters, https://core.telegram.org/bots/api#answercallbackquery

WELCOME = (
    "✅ Linked. Your PingPilot events will arrive here. If you do not want them, block this bot: "
    "PingPilot then stops."
)
HELP = "To get events here, open PingPilot, go to Channels and use the Telegram link."


class TelegramPoller:
    """Long-polls for one bot; Telegram allows one poller a bot."""

    def __init__(
        self,
        updates: TelegramUpdates,
        writer: Writer,
        pepper: bytes,
        on_linked: Callable[[str], None],
        *,
        sandboxed: bool = False,
        on_press: Callable[[Reading], Awaitable[str]] | None = None,
    ) -> None:
        self._on_press = on_press
        self._updates = updates
        self._writer = writer
        self._pepper = pepper
        self._on_linked = on_linked
        self._sandboxed = sandboxed

    async def run(self) -> None:
        """Poll until cancelled. An update is confirmed only after what it asks for is stored."""
        offset, failed = 0, 0
        while True:
            try:
                for update in await self._updates.get_updates(offset, POLL):
                    await self._answer(update)
                    offset = update.update_id + 1
                failed = 0
            except SendError as error:
                failed += 1
                if failed == 1 or failed % LOGGED_EVERY == 0:
                    logger.warning("cannot read from Telegram: %s", error.reason)
                await asyncio.sleep(max(PAUSE, error.retry_after or 0))
            except Exception:
                logger.exception("reading from Telegram failed")
                await asyncio.sleep(PAUSE)

    async def _answer(self, update: Update) -> None:
        if update.press:
            await self._answer_press(update)
            return
        is_private = update.chat_type == "private" and update.chat_id > 0
        if not is_private or not update.text.startswith("/start"):
            return
        token = update.text.removeprefix("/start").strip()
        answer = await self._link(token, update) if token else HELP
        try:
            await self._updates.send_text(update.chat_id, answer)
        except SendError as error:
            logger.warning("cannot answer in Telegram: %s", error.reason)

    async def _answer_press(self, update: Update) -> None:
        try:
            await self._updates.answer_press(update.press, await self._claim(update))
        except SendError as error:  # such as one that is too old to be answered
            logger.info("a press in Telegram cannot be answered: %s", error.reason)

    async def _claim(self, update: Update) -> str:
        meant = pressed(update.pressed)
        if meant is None or self._on_press is None:
            return NOT_YOURS
        name = handle_of(update.username, update.first_name)
        chat = str(update.chat_id)
        try:
            return await self._on_press(Reading(*meant, Channel.TELEGRAM, chat, name))
        except (NotFound, Forbidden) as refusal:
            return refusal.message[:ANSWER_MAX]

    async def _link(self, token: str, update: Update) -> str:
        try:
            account_id = await self._writer.run(
                None, _finish, token, update, self._pepper, sandboxed=self._sandboxed
            )
        except Invalid as refusal:
            return refusal.message
        self._on_linked(account_id)
        return WELCOME


def _finish(
    connection: Connection, token: str, update: Update, pepper: bytes, *, sandboxed: bool
) -> str:
    """Link the chat and write it down; return the account's id. Raises Invalid."""
    whose = whose_link(connection, token, pepper)
    if whose is None:
        raise Invalid(TOO_OLD)
    name = update.username or ""
    account_id, user_id = whose
    return noted(
        connection,
        Entry(
            Action.OWN_CHANNEL_PROVED if user_id else Action.CHANNEL_PROVED,
            Actor(f"@{name}, in Telegram"),
            account_id,
            Channel.TELEGRAM.label,
        ),
        looks.at_channel(account_id, Channel.TELEGRAM, user_id),
        finish_link,
        *(token, name, str(update.chat_id), pepper),
        sandboxed=sandboxed,
    )
