"""Following the stream of events as a client of the public API, across lost connections."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import click
import httpx

PATH = "/api/v1/events/stream"
WAIT_MAX = 30  # seconds between two tries

_CONNECT = 10.0  # seconds
_SILENCE = 45.0  # seconds without even a heartbeat, which comes every 15
_BUSY = frozenset({429, 502, 503, 504})  # statuses that pass


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the stream. `event` None: it only says what the id is now."""

    id: str
    kind: str
    event: dict[str, Any] | None


class _Lost(Exception):
    """There is no connection now. `wait`: seconds, where the server says how many."""

    def __init__(self, words: str, wait: int | None = None) -> None:
        super().__init__(words)
        self.wait = wait


class Follower:
    """Reads the stream, each time on from where it was, and tells `say` what keeps it from that."""

    def __init__(self, client: httpx.AsyncClient, say: Callable[[str], None]) -> None:
        self._client = client
        self._say = say
        self._last_id: str | None = None
        self._connected = False  # ever
        self._tries = 0  # since the last connection

    async def messages(self) -> AsyncIterator[Message]:
        """Yield every message once, in order, for ever.

        Raises httpx.TransportError where even the first connection fails, and ClickException where
        the server refuses for good.
        """
        while True:
            try:
                async for message in self._messages_of_one():
                    yield message
                lost = _Lost("The server has ended the stream")
            except httpx.TransportError as exc:
                if not self._connected:
                    raise
                lost = _Lost(f"The connection is lost ({exc or type(exc).__name__})")
            except _Lost as exc:
                lost = exc
            await self._wait(lost)

    async def _wait(self, lost: _Lost) -> None:
        wait = min(2**self._tries, WAIT_MAX) if lost.wait is None else lost.wait
        self._tries = min(self._tries + 1, 10)
        if wait:
            self._say(f"{lost}. Trying again in {wait} s …")
        await asyncio.sleep(wait)

    async def _messages_of_one(self) -> AsyncIterator[Message]:
        headers = {"Last-Event-ID": self._last_id} if self._last_id else {}
        timeout = httpx.Timeout(_CONNECT, read=_SILENCE)
        async with self._client.stream("GET", PATH, headers=headers, timeout=timeout) as response:
            await self._check(response)
            if self._connected:
                self._say("Connected again.")
            self._connected, self._tries = True, 0
            async for message in _parsed(response.aiter_bytes()):
                self._last_id = message.id
                yield message

    async def _check(self, response: httpx.Response) -> None:
        kind = response.headers.get("Content-Type", "")
        if response.status_code == 200 and kind.startswith("text/event-stream"):
            return
        await response.aread()
        words = response.json()["message"] if "json" in kind else ""
        if response.status_code == 410:
            self._last_id = None
            self._say("Some events are missing here: they came too long ago to be sent again.")
            raise _Lost(words, 0)
        if response.status_code in _BUSY:
            wait = response.headers.get("Retry-After", "")
            raise _Lost(
                words.rstrip(".") or f"The server answers {response.status_code}",
                min(int(wait), WAIT_MAX) if wait.isdecimal() else None,
            )
        raise click.ClickException(words or f"{response.url} is no PingPilot.")


async def _parsed(chunks: AsyncIterator[bytes]) -> AsyncIterator[Message]:
    """Yield the complete messages; what is cut off at the end comes again.

    https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
    """
    buffer, last_id = b"", ""
    async for chunk in chunks:
        *whole, buffer = (buffer + chunk).split(b"\n\n")
        for message in whole:
            lines = (line.partition(b": ") for line in message.split(b"\n"))
            fields = {name.decode(): value.decode() for name, _, value in lines}
            last_id = fields.get("id", last_id)
            if "data" in fields:
                yield Message(last_id, fields.get("event", ""), json.loads(fields["data"]))
            elif "id" in fields:
                yield Message(last_id, "", None)
