"""Streams of what happens to an account's events: who may open one, and where it begins.

An account that somebody watches has a hub (stream_hub.py), which reads the log of changes
(storage/changes.py) once for all of its streams.
"""

import asyncio
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.stream_hub import Hub, Pass, Source, Stream
from pingpilot_app.delivery.stream_page import Render
from pingpilot_app.domain.errors import Gone, LimitReached, Unavailable
from pingpilot_app.storage.changes import KEPT, Ends, ends_of, number_at

PER_ACCOUNT, PER_PROCESS = 1_000, 3_000  # streams at once

_EARLIER = 60_000_000  # microseconds: where a log that is empty begins
_AHEAD = 60_000_000  # microseconds that a number may lie in the future


class Streams:
    """All streams of one process, so many of an account and altogether."""

    def __init__(
        self,
        instance: Instance,
        render: Render,
        *,
        per_account: int = PER_ACCOUNT,
        per_process: int = PER_PROCESS,
    ) -> None:
        self._instance = instance
        self._per_account = per_account
        self._per_process = per_process
        self._source = Source(instance, render)
        self._hubs: dict[str, Hub] = {}
        self._closing: asyncio.Task[None] | None = None

    @property
    def count(self) -> int:
        """Return how many are open."""
        return sum(len(hub.streams) for hub in self._hubs.values())

    async def open(self, account_id: str, shown: Pass, after: int | None) -> Stream:
        """Open a stream of what happens after a number, None: from now on. Close it in the end.

        Raises Gone where the log does not reach back so far, LimitReached and Unavailable.
        """
        place = await self._place(account_id, after)
        self._check_room(account_id)
        hub = self._hub_of(account_id)
        stream = hub.add(shown, place)
        try:
            await hub.begun()
        except BaseException:
            stream.close()
            raise
        return stream

    async def _place(self, account_id: str, after: int | None) -> int:
        try:
            ends = await self._instance.database.read(ends_of, account_id)
        except DBAPIError as exc:
            raise Unavailable("The database cannot be read now. Try again.", 5) from exc
        now = self._instance.clock()
        if after is None:
            return ends.last or number_at(now) - _EARLIER
        if _is_gone(after, ends, now):
            raise Gone(
                "What happened since this Last-Event-ID is not known any more. Read "
                "GET /api/v1/events, and open the stream without an id."
            )
        return after

    def _check_room(self, account_id: str) -> None:
        if self._instance.closing.is_set():
            raise Unavailable("PingPilot is stopping. Open the stream again in a moment.", 2)
        hub = self._hubs.get(account_id)
        if hub is not None and len(hub.streams) >= self._per_account:
            raise LimitReached(
                f"{self._per_account:,} streams of your account are open, which is the limit. "
                "Close those that nobody reads.",
                10,
            )
        if self.count >= self._per_process:
            raise Unavailable("Too many streams are open on this server. Try again shortly.", 10)

    def _hub_of(self, account_id: str) -> Hub:
        if self._closing is None or self._closing.done():
            self._closing = asyncio.create_task(self._end_with_instance())
        hub = self._hubs.get(account_id)
        if hub is None or hub.ended:
            hub = self._hubs[account_id] = Hub(self._source, account_id, self._forget)
        return hub

    def _forget(self, hub: Hub) -> None:
        if self._hubs.get(hub.account_id) is hub:
            del self._hubs[hub.account_id]

    async def _end_with_instance(self) -> None:
        """End all as soon as it is known that the process will stop: clients then come again."""
        await self._instance.closing.wait()
        for hub in list(self._hubs.values()):
            hub.end()


def _is_gone(after: int, ends: Ends, now: datetime) -> bool:
    """Tell whether something after this number may be missing in the log, or it is none of it."""
    if after > max(ends.last, number_at(now)) + _AHEAD:
        return True
    return after < number_at(now - KEPT) and after < ends.first
