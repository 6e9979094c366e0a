"""Tells owners, operators and members what they have to know, through a channel that works."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from sqlalchemy import Connection

from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.probe import post_now, send_now
from pingpilot_app.domain.account_letters import member_letter
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
_Way = DestinationView | str  # a destination, or the address that a member signs in with
_AMBER, _BLUE = 0xF59E0B, 0x4450C9


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
        ways = await self._database.read(_ways, notice)
        for way in ways:
            try:
                await self._send(notice, way)
            except PingPilotError as exc:
                logger.info("a notice was not taken: %s", exc)
            else:
                channel = way.channel if isinstance(way, DestinationView) else Channel.EMAIL
                await self._writer.run(None, mark_told, notice.id, channel, self._clock())
                return
        if notice.user_id is not None and not ways:  # gone, or without a proven address
            await self._writer.run(None, mark_told, notice.id, None, self._clock())
        else:
            await self._later(notice)

    async def _send(self, notice: NoticeView, way: _Way) -> None:
        if isinstance(way, DestinationView):
            await send_now(self._senders, way, self._message(notice))
        else:
            kind = NoticeKind(notice.kind)
            letter = member_letter(kind, notice.text, self._url(notice), self._clock())
            await post_now(self._senders, letter, way)

    async def _later(self, notice: NoticeView) -> None:
        wait = DEFAULT_SCHEDULE.after(notice.attempts + 1, jitter=0) or timedelta(days=1)
        if notice.attempts + 1 < ATTEMPTS_MAX:
            await self._writer.run(None, postpone, notice, wait, self._clock())
        else:
            words = notice.kind if notice.user_id else notice.text  # what people say is theirs
            logger.warning("account %s cannot be told: %s", notice.account_id, words)
            await self._writer.run(None, mark_told, notice.id, None, self._clock())

    def _message(self, notice: NoticeView) -> Message:
        url, is_mention = self._url(notice), notice.kind == NoticeKind.MENTION
        about_event = is_mention or notice.kind == NoticeKind.ESCALATION
        return Message(
            event_id=notice.id,
            category="pingpilot",
            emoji="💬" if is_mention else "⚠️",
            color=_BLUE if is_mention else _AMBER,
            description=notice.text,
            fields={"Event": url} if about_event else {},
            created_at=self._clock(),
            url=url,
        )

    def _url(self, notice: NoticeView) -> str:
        return f"{self._public_url}{notice.path}"


def _ways(connection: Connection, notice: NoticeView) -> Sequence[_Way]:
    """Return where who is meant can be told, the best first."""
    if notice.user_id is None:
        return _ways_to_account(connection, notice)
    return _ways_to_member(connection, notice, notice.user_id)


def _ways_to_member(connection: Connection, notice: NoticeView, user_id: str) -> list[_Way]:
    """Return the member's own channels that work, at last their mailbox; none to who has left."""
    mailbox = login_mailbox(connection, notice.account_id, user_id)
    if without_right(connection, notice.account_id, [user_id]):
        return [mailbox] if mailbox is not None else []
    found = {one.channel: one for one in list_destinations(connection, notice.account_id, user_id)}
    ways = _working(found, notice)
    return [*ways, *_untried([mailbox] if mailbox is not None else [], found, ways, notice)]


def _ways_to_account(connection: Connection, notice: NoticeView) -> list[DestinationView]:
    """Return where the account can be told; its owners' mailboxes at last."""
    found = {one.channel: one for one in list_destinations(connection, notice.account_id)}
    ways = _working(found, notice)
    mailboxes = _untried(owner_emails(connection, notice.account_id), found, ways, notice)
    return ways + [_mailbox(found[Channel.EMAIL].id, one) for one in mailboxes]


_Channels = Mapping[Channel, DestinationView]


def _working(found: _Channels, notice: NoticeView) -> list[DestinationView]:
    return [
        found[channel]
        for channel in _ORDER
        if channel != notice.about and channel in found and found[channel].obstacle is None
    ]


def _untried(
    mailboxes: Sequence[str], found: _Channels, ways: list[DestinationView], notice: NoticeView
) -> list[str]:
    """Return those mailboxes that none of the ways leads to, nor the channel that is broken."""
    tried = {one.address for one in found.values() if one in ways or one.channel == notice.about}
    return [one for one in mailboxes if one not in tried]


def _mailbox(destination_id: str, address: str) -> DestinationView:
    return DestinationView(destination_id, Channel.EMAIL, True, address, address, None)
