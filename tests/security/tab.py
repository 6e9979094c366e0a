"""A hostile tab: a raw websocket that says whatever it is told to."""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode, urlsplit

from wsproto import WSConnection
from wsproto.connection import ConnectionType
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    RejectConnection,
    Request,
    TextMessage,
)

NAMESPACE = "/_event"
PATIENCE = 20  # seconds
_PLACE = {"pathname": "/keys", "asPath": "/keys", "query": {}}


class RefusedError(Exception):
    """The server did not open the websocket. `status` is the one of HTTP."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class Tab:
    """One websocket. `heard` holds what came, `over` is set once the server hung up."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._wire = WSConnection(ConnectionType.CLIENT)
        self._part = ""
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.heard: list[str] = []
        self.news = asyncio.Event()
        self.over = asyncio.Event()
        self.code: int | None = None

    async def run(self, request: Request) -> None:
        """Listen until the server hangs up."""
        port = self._url.port
        reader, self._writer = await asyncio.open_connection(self._url.hostname, port)
        self._writer.write(self._wire.send(request))
        try:
            while read := await reader.read(1 << 16):
                self._wire.receive_data(read)
                for event in self._wire.events():
                    self._take(event)
        except ConnectionError:
            pass
        finally:
            self.over.set()
            self.news.set()
            self._writer.close()

    def _take(self, event: Any) -> None:
        if isinstance(event, AcceptConnection):
            self._opened.set_result(None)
        elif isinstance(event, RejectConnection):
            self._opened.set_exception(RefusedError(event.status_code))
        elif isinstance(event, CloseConnection):
            self.code = event.code
            self.over.set()
        elif isinstance(event, TextMessage):
            self._part += event.data
            if event.message_finished:
                self._hear(self._part)
                self._part = ""

    def _hear(self, text: str) -> None:
        if text == "2":
            self.say("3")
            return
        self.heard.append(text)
        self.news.set()

    async def opened(self) -> None:
        """Wait for the handshake. Raises RefusedError."""
        async with asyncio.timeout(PATIENCE):
            await self._opened

    def say(self, text: str | bytes) -> None:
        """Send one message."""
        message: Message[Any] = BytesMessage(text) if isinstance(text, bytes) else TextMessage(text)
        if not self._writer.is_closing():
            self._writer.write(self._wire.send(message))

    def connect(self, event: object = None) -> None:
        """Enter the namespace, as a page does, with its first event."""
        greeting = "" if event is None else json.dumps({"event": event})
        self.say(f"40{NAMESPACE},{greeting}")

    def call(self, name: str, payload: object = None, **besides: object) -> None:
        """Send an event."""
        event = {"name": name, "payload": payload or {}, "router_data": _PLACE} | besides
        self.say(f"42{NAMESPACE},{json.dumps(['event', event])}")

    async def hears(self, text: str, times: int = 1) -> str:
        """Wait until so many messages hold `text`, and return the last."""
        async with asyncio.timeout(PATIENCE):
            while len(found := [one for one in self.heard if text in one]) < times:
                assert not self.over.is_set(), f"hung up before {text!r}: {self.heard}"
                self.news.clear()
                await self.news.wait()
        return found[-1]

    async def echoes(self) -> None:
        """Wait until all that was said before has been taken."""
        answer = f'42{NAMESPACE},["ping","pong"]'
        before = self.heard.count(answer)
        self.say(f'42{NAMESPACE},["ping"]')
        await self.hears(answer, times=before + 1)

    async def hung_up(self) -> None:
        """Wait until the server has hung up."""
        async with asyncio.timeout(PATIENCE):
            await self.over.wait()


@asynccontextmanager
async def tab(url: str, cookie: str = "", **asked: Any) -> AsyncIterator[Tab]:
    """Open a websocket as a page of ours does, except for what `asked` says.

    `token`, `origin` (None: without), `path`, `query` and `headers` may be given. Raises
    RefusedError.
    """
    one = Tab(url)
    task = asyncio.create_task(one.run(_request(url, cookie, asked)))
    try:
        await one.opened()
        yield one
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _request(url: str, cookie: str, asked: dict[str, Any]) -> Request:
    token = asked.get("token", secrets.token_hex(16))
    query = {"token": token, "EIO": "4", "transport": "websocket"} | asked.get("query", {})
    headers = [("cookie", cookie)] if cookie else []
    origin = asked.get("origin", url)
    headers += [("origin", origin)] if origin else []
    headers += asked.get("headers", [])
    return Request(
        host=urlsplit(url).netloc,
        target=f"{asked.get('path', '/_event/')}?{urlencode(query)}",
        extra_headers=[(name.encode(), value.encode()) for name, value in headers],
    )
