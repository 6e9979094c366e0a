"""Tells owners and operators what they have to know, through a channel that works."""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection

from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.probe import send_now
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.notice import NoticeKind
from pingpilot_app.domain.retry import DEFAULT_SCHEDULE
from pingpilot_app.senders.sender import Sender
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.notices import (
    ATTEMPTS_MAX,
    NoticeView,
    due_notices,
    mark_told,
    owner_emails,
    postpone,
)
from pingpilot_app.storage.own_destinations import login_mailbox, without_right
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

INTERVAL = 10.0  # seconds between two looks for what could not be told before
BATCH = 20

_ORDER = (Channel.EMAIL, Channel.DISCORD, Channel.TELEGRAM)  # what is tried first
_AMBER = 0xF59E0B


class Notifier:
    """Sends notices one after the other; each is told by the first channel that takes it."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        senders: Mapping[Channel, Sender],
        public_url: str,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._database = database
        self._senders = senders
        self._public_url = public_url
        self._clock = clock
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at once: there is something new."""
        self._wake.set()

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            self._wake.clear()
            try:
                await self._tell_all()
            except PingPilotError as exc:
                logger.warning("notices have to wait: %s", exc)
            except Exception:
                logger.exception("telling notices failed")
            with suppress(TimeoutError):
                async with asyncio.timeout(INTERVAL):
                    await self._wake.wait()

    async def _tell_all(self) -> None:
        for notice in await self._database.read(due_notices, self._clock(), BATCH):
            await self._tell(notice)

    async def _tell(self, notice: NoticeView) -> None:
        for destination in await self._database.read(_ways, notice):
            try:
                await send_now(self._senders, destination, self._message(notice))
            except PingPilotError as exc:
                logger.info("a notice was not taken: %s", exc)
            else:
                now = self._clock()
                await self._writer.run(None, mark_told, notice.id, destination.channel, now)
                return
        await self._later(notice)

    async def _later(self, notice: NoticeView) -> None:
        wait = DEFAULT_SCHEDULE.after(notice.attempts + 1, jitter=0) or timedelta(days=1)
        if notice.attempts + 1 < ATTEMPTS_MAX:
            await self._writer.run(None, postpone, notice, wait, self._clock())
        else:
            logger.warning("account %s cannot be told: %s", notice.account_id, notice.text)
            await self._writer.run(None, mark_told, notice.id, None, self._clock())

    def _message(self, notice: NoticeView) -> Message:
        return Message(
            event_id=notice.id,
            category="pingpilot",
            emoji="⚠️",
            color=_AMBER,
            description=notice.text,
            fields={},
            created_at=self._clock(),
            url=f"{self._public_url}{_page(notice)}",
        )


def _page(notice: NoticeView) -> str:
    own = notice.user_id is not None and notice.kind == NoticeKind.BROKEN
    return "/channels/own" if own else NoticeKind(notice.kind).page


def _ways(connection: Connection, notice: NoticeView) -> list[DestinationView]:
    """Return where the account can be told, the best first; its owners' mailboxes at last.

    Or the member that it is for, by channels of their own and at last where they sign in.
    """
    found = {one.channel: one for one in _channels(connection, notice)}
    ways = [
        found[channel]
        for channel in _ORDER
        if channel != notice.about and channel in found and found[channel].obstacle is None
    ]
    tried = {one.address for one in found.values() if one in ways or one.channel == notice.about}
    email = _id_of(found.get(Channel.EMAIL))
    mailboxes = [one for one in _logins(connection, notice) if one not in tried]
    return ways + [_mailbox(email, one) for one in mailboxes]


def _channels(connection: Connection, notice: NoticeView) -> list[DestinationView]:
    account_id, user_id = notice.account_id, notice.user_id
    if user_id is not None and without_right(connection, account_id, [user_id]):
        return []
    return list_destinations(connection, account_id, user_id)


def _logins(connection: Connection, notice: NoticeView) -> list[str]:
    if notice.user_id is None:
        return owner_emails(connection, notice.account_id)
    mailbox = login_mailbox(connection, notice.account_id, notice.user_id)
    return [] if mailbox is None else [mailbox]


def _id_of(email: DestinationView | None) -> str:
    """Return what an unsubscribe link is made for; empty where there is nothing to switch off."""
    return email.id if email is not None else ""


def _mailbox(destination_id: str, address: str) -> DestinationView:
    return DestinationView(destination_id, Channel.EMAIL, True, address, address, None)
