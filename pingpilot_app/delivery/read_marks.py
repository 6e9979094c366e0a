"""How far members have read, on its way to storage: one small write in some seconds, for all."""

import asyncio

from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.read_marks import advance_read_marks, get_read_mark
from pingpilot_app.storage.writer import Writer

EVERY = 3.0  # seconds between two writes; a kill -9 loses so much


class ReadMarks:
    """What members have seen since the last write, and what is stored. One event loop."""

    def __init__(self, writer: Writer, database: Database) -> None:
        self._writer = writer
        self._database = database
        self._unwritten: dict[tuple[str, str], str] = {}
        self._noted = asyncio.Event()

    def note(self, account_id: str, user_id: str, event_id: str) -> None:
        """Note that a member has seen all events up to this one."""
        member = (account_id, user_id)
        self._unwritten[member] = max(event_id, self._unwritten.get(member, ""))
        self._noted.set()

    async def get(self, account_id: str, user_id: str) -> str | None:
        """Return the id of the newest event that the member has seen, None: they never looked."""
        before = self._unwritten.get((account_id, user_id), "")  # may be written meanwhile
        stored = await self._database.read(get_read_mark, account_id, user_id)
        return max(before, stored or "") or None

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            await self._noted.wait()
            await asyncio.sleep(EVERY)
            await self.flush()

    async def flush(self) -> None:
        """Write what was noted; a database in trouble gets it the next time."""
        self._noted.clear()
        marks = dict(self._unwritten)
        if not marks:
            return
        try:
            await self._writer.run(None, advance_read_marks, marks)
        except Unavailable:
            self._noted.set()
            return
        for member, event_id in marks.items():  # kept until then, for who asks meanwhile
            if self._unwritten[member] == event_id:
                del self._unwritten[member]
