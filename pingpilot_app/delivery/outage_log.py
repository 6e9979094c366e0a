"""Tells people, through the database, what the worker does not try for now."""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Connection

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.notice import NoticeKind, stopped_text
from pingpilot_app.senders.sender import SendError
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.notices import tell_operators
from pingpilot_app.storage.outages import WHOLE, OutageView, clear_outage, put_outage
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

_FOR_OPERATORS = frozenset({Failure.BAD_CREDENTIALS, Failure.NOT_SECURE, Failure.SENDER_REFUSED})

_Key = tuple[Channel, str]


def _begin(connection: Connection, outage: OutageView) -> None:
    """Note the outage; operators are told once where only they can end it."""
    new = put_outage(connection, outage)
    if new and outage.account_id is None and outage.failure in _FOR_OPERATORS:
        channel, now = outage.channel, outage.since
        text = stopped_text(channel, outage.failure, outage.reason)
        tell_operators(connection, NoticeKind.STOPPED, channel, text, now)


class OutageLog:
    """Writes beside the sending; a lost line costs a hint on a page, never a delivery."""

    def __init__(self, writer: Writer, on_change: Callable[[str | None], None]) -> None:
        self._writer = writer
        self._on_change = on_change
        self._open: dict[_Key, str | None] = {}
        self._writing: set[asyncio.Task[None]] = set()

    def begin(self, job: Job, error: SendError, now: datetime, held: float, *, whole: bool) -> None:
        """Note that `job`'s destination, or its whole provider, is held for `held` seconds."""
        outage = OutageView(
            channel=job.channel,
            destination_id=WHOLE if whole else job.destination.id,
            account_id=None if whole else job.account_id,
            failure=error.failure,
            reason=error.reason,
            since=now,
            retry_at=now + timedelta(seconds=held),
        )
        self._open[outage.channel, outage.destination_id] = outage.account_id
        self._write(lambda c: _begin(c, outage), outage.account_id)

    def end(self, channel: Channel, destination_id: str = WHOLE) -> None:
        """Note that it works again, where it did not."""
        if (channel, destination_id) in self._open:
            account_id = self._open.pop((channel, destination_id))
            self._write(lambda c: clear_outage(c, channel, destination_id), account_id)

    async def close(self) -> None:
        """Wait for what is being written."""
        await asyncio.gather(*self._writing, return_exceptions=True)

    def _write(self, change: Callable[[Connection], None], account_id: str | None) -> None:
        async def write() -> None:
            try:
                await self._writer.run(None, change)
            except Unavailable as exc:
                logger.warning("an outage could not be noted: %s", exc)
            self._on_change(account_id)

        task = asyncio.create_task(write())
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
