"""Open connections to the mail server, so that a mail need not pay for a new one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from pingpilot_app.senders.smtp_connection import SmtpConnection

SIZE = 8  # connections at once, as many as the worker sends at once
IDLE = 30.0  # seconds after which an unused one is closed


class SmtpPool:
    """Lends connections, at most `SIZE` at a time, and keeps those that went well."""

    def __init__(self, connect: Callable[[], SmtpConnection], idle: float = IDLE) -> None:
        self._connect = connect
        self._idle_seconds = idle
        self._room = asyncio.Semaphore(SIZE)
        self._idle: dict[SmtpConnection, asyncio.TimerHandle] = {}
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @asynccontextmanager
    async def lend(self, *, fresh: bool = False) -> AsyncIterator[SmtpConnection]:
        """Lend a connection, a new one where `fresh`. Whatever ends the block otherwise than
        well ends the connection too.
        """
        async with self._room:
            connection = (None if fresh else self._reuse()) or self._connect()
            try:
                yield connection
            except BaseException:
                connection.abort()
                raise
            self._keep(connection)

    async def close(self) -> None:
        """Close the idle connections; those on loan are closed when they come back."""
        self._closed = True
        for connection in list(self._idle):
            self._retire(connection)
        await asyncio.gather(*self._leaving)

    def _reuse(self) -> SmtpConnection | None:
        while self._idle:
            connection, timer = self._idle.popitem()  # the latest: the others may grow old
            timer.cancel()
            if connection.alive:
                return connection
            connection.abort()
        return None

    def _keep(self, connection: SmtpConnection) -> None:
        if self._closed:
            connection.abort()
            return
        loop = asyncio.get_running_loop()
        self._idle[connection] = loop.call_later(self._idle_seconds, self._retire, connection)

    def _retire(self, connection: SmtpConnection) -> None:
        self._idle.pop(connection).cancel()
        task = asyncio.get_running_loop().create_task(connection.leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
