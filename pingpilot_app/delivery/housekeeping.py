"""Removes what nobody needs any more, without ever holding up what is being accepted."""

import asyncio
import logging
from collections import Counter
from datetime import datetime, timedelta

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.clock import Clock, system_clock
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage import retention, rollups
from pingpilot_app.storage.audit import delete_entries
from pingpilot_app.storage.changes import delete_changes, overdue_changes
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.retention import Overdue
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

FIRST = 2.0  # seconds after the start, which has better things to do
INTERVAL = 600.0  # seconds
PAUSE = 0.02  # seconds between two batches; one takes the writer about three milliseconds


class Housekeeping:
    """Cleans up every ten minutes. `retention_days` is the instance's, None: for ever.

    Entries of the audit log stay for `audit_days`.
    """

    def __init__(
        self,
        database: Database,
        writer: Writer,
        bus: Bus,
        retention_days: int | None,
        clock: Clock = system_clock,
        *,
        audit_days: int = 400,
        first: float = FIRST,
        interval: float = INTERVAL,
    ) -> None:
        self._database = database
        self._writer = writer
        self._bus = bus
        self._retention_days = retention_days
        self._clock = clock
        self._audit_days = audit_days
        self._first = first
        self._interval = interval

    async def run(self) -> None:
        """Clean up until cancelled; what fails is left for the next time."""
        await asyncio.sleep(self._first)
        while True:
            try:
                await self.clean_up()
            except Unavailable as exc:
                logger.warning("cannot clean up now: %s", exc)
            except Exception:
                logger.exception("cleaning up failed")
            await asyncio.sleep(self._interval)

    async def clean_up(self) -> None:
        """Remove all that is old now. Raises Unavailable; what went before that has gone."""
        now = self._clock()
        gone: Counter[str] = Counter()
        try:
            await self._remove_rows(now, gone)
            await self._remove_changes(now, gone)
            await self._remove_events(now, gone)
            old = now - timedelta(days=self._audit_days)
            await self._remove("audit entries", delete_entries, old, gone)
        finally:
            if removed := ", ".join(f"{count:,} {kind}" for kind, count in (+gone).items()):
                logger.info("removed what was old: %s", removed)

    async def _remove_rows(self, now: datetime, gone: Counter[str]) -> None:
        for kind, delete in retention.KINDS.items():
            await self._remove(kind, delete, now, gone)

    async def _remove(
        self, kind: str, delete: retention.Delete, moment: datetime, gone: Counter[str]
    ) -> None:
        while count := await self._writer.run(None, delete, moment):
            gone[kind] += count
            await asyncio.sleep(PAUSE)

    async def _remove_changes(self, now: datetime, gone: Counter[str]) -> None:
        for account_id, before in await self._database.read(overdue_changes, now):
            here = account_id, before, retention.ROWS_BATCH
            while count := await self._writer.run(None, delete_changes, *here):
                gone["changes of events"] += count
                await asyncio.sleep(PAUSE)

    async def _remove_events(self, now: datetime, gone: Counter[str]) -> None:
        days = self._retention_days
        for overdue in await self._database.read(retention.overdue_accounts, days, now):
            await self._remove_events_of(overdue, gone)

    async def _remove_events_of(self, overdue: Overdue, gone: Counter[str]) -> None:
        """Go through the account's old events, then let its pages be read again, once."""
        after: str | None = ""
        before = gone["events"]
        try:
            while after is not None:
                batch = await self._writer.run(None, retention.delete_events, overdue, after)
                gone["events"] += batch.gone
                after = batch.last
                await asyncio.sleep(PAUSE)
        finally:
            if gone["events"] > before:
                await self._forget_figures(overdue.account_id)
                self._bus.publish(overdue.account_id)

    async def _forget_figures(self, account_id: str) -> None:
        more = True
        while more:
            more = await self._writer.run(None, rollups.forget, account_id)
            await asyncio.sleep(PAUSE)
