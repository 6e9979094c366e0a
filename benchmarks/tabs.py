"""Open dashboard tabs without a browser: clients that speak Reflex's protocol and keep its state.

Engine.IO 4 and Socket.IO 5 over a websocket (https://socket.io/docs/v4/engine-io-protocol/,
https://socket.io/docs/v4/socket-io-protocol/), as `utils/state.js` of Reflex's front end does. What
the page says when it opens is not written here: a real tab is listened to, and these say the same.

`python -m benchmarks.tabs` reads two lines from standard input and answers each by one: `Tabs` to
open, answered once all show their rows; then the ids that each has to show at last, answered by
what each tab saw.
"""

import asyncio
import json
import re
import secrets
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import uvloop
from wsproto import WSConnection
from wsproto.connection import ConnectionType
from wsproto.events import AcceptConnection, Event, Message, Request, TextMessage
from wsproto.extensions import PerMessageDeflate

PATIENCE = 30  # seconds for all tabs to open, and to show the last rows
_NAMESPACE = "/_event,"
_SUFFIX = "_rx_state_"  # what Reflex puts behind the name of a var
_EVENT = re.compile(r"evt_[0-9a-z]{26}")

Vars = Mapping[str, Any]


@dataclass(frozen=True)
class Tabs:
    """What to open: `socket` is the address of the real tab's websocket, `said` its messages."""

    socket: str
    subprotocol: str
    headers: list[tuple[str, str]]
    said: list[str]
    count: int


@dataclass
class Seen:
    """What came to a tab. `at`: when each event's id did first, in seconds since 1970."""

    at: dict[str, float] = field(default_factory=dict)
    deltas: int = 0
    bytes: int = 0  # over the wire, framing included
    until: float = 0.0  # when the last delta came, in seconds since 1970
    rows: list[str] = field(default_factory=list)  # ids, as the page shows them at last


@lru_cache(maxsize=512)
def parsed(text: str) -> tuple[dict[str, Any], frozenset[str]]:
    """Return an update and the ids in it. Tabs of one account mostly get the same text."""
    return json.loads(text)[1], frozenset(_EVENT.findall(text))


def shown(state: Mapping[str, Vars]) -> list[str]:
    """Return the ids of the feed's rows, which are one list or, by `order`, several."""
    feed = next((kept for name, kept in state.items() if name.endswith("feed_state")), {})
    blocks = [f"block_{slot}" for slot in feed.get(f"order{_SUFFIX}", [])] or ["rows"]
    return [row["id"] for row in chain(*(feed.get(f"{name}{_SUFFIX}", []) for name in blocks))]


class Tab:
    """One open page. What was parsed is shared by all tabs and never changed."""

    def __init__(self, tabs: Tabs) -> None:
        self.seen = Seen()
        self.changed = asyncio.Event()
        self._tabs = tabs
        self._state: dict[str, dict[str, Any]] = {}
        self._connection = WSConnection(ConnectionType.CLIENT)
        self._parts: list[str] = []

    async def run(self) -> None:
        """Connect and read until cancelled. Raises ConnectionError where the server hangs up."""
        address = urlsplit(self._tabs.socket)
        reader, self._writer = await asyncio.open_connection("127.0.0.1", address.port)
        self._send(self._request(address.netloc, address.path, address.query))
        while read := await reader.read(1 << 18):
            self.seen.bytes += len(read)
            self._connection.receive_data(read)
            for event in self._connection.events():
                self._take(event)
        raise ConnectionError("the server closed a tab's websocket")

    def rows(self) -> list[str]:
        """Return the ids of the rows that the page shows now."""
        return shown(self._state)

    def close(self) -> None:
        """Leave."""
        self._writer.close()

    def _request(self, host: str, path: str, query: str) -> Request:
        own = dict(parse_qsl(query)) | {"token": secrets.token_hex(16)}
        return Request(
            host=host,
            target=f"{path}?{urlencode(own)}",
            subprotocols=[self._tabs.subprotocol],
            extensions=[PerMessageDeflate()],
            extra_headers=[(n.encode(), v.encode()) for n, v in self._tabs.headers],
        )

    def _send(self, event: Event) -> None:
        self._writer.write(self._connection.send(event))

    def _take(self, event: Event) -> None:
        if isinstance(event, TextMessage):
            self._parts.append(event.data)
            if event.message_finished:
                text, self._parts = "".join(self._parts), []
                self._hear(text)
        elif not isinstance(event, AcceptConnection | Message):
            raise ConnectionError(f"the server answered a tab by {event}")

    def _hear(self, text: str) -> None:
        if text == "2":
            self._send(TextMessage("3"))  # a ping
        elif text.startswith("0"):
            for message in self._tabs.said:
                self._send(TextMessage(message))
        elif text.startswith(f"42{_NAMESPACE}"):
            self._update(text.removeprefix(f"42{_NAMESPACE}"))
        elif not text.startswith(f"40{_NAMESPACE}"):
            raise ConnectionError(f"the server said {text[:200]} to a tab")

    def _update(self, text: str) -> None:
        now = time.time()
        update, ids = parsed(text)
        for id_ in ids:
            self.seen.at.setdefault(id_, now)
        self.seen.deltas, self.seen.until = self.seen.deltas + 1, now
        for name, changed in (update.get("delta") or {}).items():
            self._state.setdefault(name, {}).update(changed)
        self.changed.set()


async def keep_open(tabs: Tabs) -> None:
    """Open the tabs and answer what is asked on standard input."""
    opened = [Tab(tabs) for _ in range(tabs.count)]
    running = asyncio.gather(*(tab.run() for tab in opened))
    await _until_shown(opened, None, running)
    for tab in opened:
        tab.seen = Seen()
    print("open", flush=True)
    loop = asyncio.get_running_loop()
    expected = json.loads(await loop.run_in_executor(None, sys.stdin.readline))
    await _until_shown(opened, expected, running)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    for tab in opened:
        tab.seen.rows = tab.rows()
        tab.close()
    print(json.dumps([asdict(tab.seen) for tab in opened]), flush=True)


async def _until_shown(
    tabs: list[Tab], expected: list[str] | None, running: "asyncio.Future[Any]"
) -> None:
    """Wait until each tab shows the expected rows, or any: in vain too, for the answer tells."""
    waiting = asyncio.gather(*(_shows(tab, expected) for tab in tabs))
    await asyncio.wait({waiting, running}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    if running.done():
        running.result()


async def _shows(tab: Tab, expected: list[str] | None) -> None:
    while not tab.rows() if expected is None else tab.rows() != expected:
        tab.changed.clear()
        await tab.changed.wait()


def main() -> None:
    """Serve one run."""
    asked = json.loads(sys.stdin.readline())
    uvloop.run(keep_open(Tabs(**asked)))


if __name__ == "__main__":
    main()
