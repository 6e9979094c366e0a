"""Does a client of the stream get every event exactly once, in order, though it is cut off?

A client posts at a steady rate, another follows the stream and loses its connection at random
moments, in the midst of a message, too; the server may be killed (-9) and started again meanwhile.
In the end what was received is held against what is stored.
"""

import asyncio
import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, field
from os import kill
from pathlib import Path
from signal import SIGKILL

import httpx

from benchmarks.ports import free_ports
from benchmarks.server import prepare, running

_PATIENCE = 60.0  # seconds for the last events to come
_STILL = 0.05  # seconds before a server that is gone is asked again

_LOST = (OSError, EOFError, asyncio.IncompleteReadError)


@dataclass(frozen=True)
class Trial:
    """How often the client is cut off, within which seconds of life, and how often all die."""

    cuts: int
    rate: int = 50  # events a second
    life: tuple[float, float] = (0.0, 0.3)  # seconds
    kills: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Following:
    """What came over the stream: the numbers of all messages, and (kind, event id, status)."""

    numbers: list[int] = field(default_factory=list)
    messages: list[tuple[str, str, str]] = field(default_factory=list)
    place: str | None = None  # the id of the last message

    @property
    def created(self) -> list[str]:
        """Return the ids of the events that were told to be new, as they came."""
        return [event_id for kind, event_id, _ in self.messages if kind == "event.created"]

    def take(self, message: bytes) -> None:
        """Note one message."""
        lines = (line.partition(": ") for line in message.decode().split("\n"))
        given = {name: value for name, _, value in lines}
        self.place = given.get("id", self.place)
        if "data" in given:
            event = json.loads(given["data"])
            self.numbers.append(int(given["id"]))
            self.messages.append((given["event"], event["id"], event["status"]))


@dataclass
class Outcome:
    """What came of a trial. `stored`: the ids of all events, in their order."""

    stored: list[str]
    following: Following
    cuts: int
    kills: int
    seconds: float

    @property
    def faults(self) -> list[str]:
        """Return what is wrong, as sentences."""
        created, numbers = self.following.created, self.following.numbers
        often = [one for one, count in Counter(created).items() if count > 1]
        found = {
            f"{len(set(self.stored) - set(created))} events were lost": set(self.stored)
            - set(created),
            f"{len(often)} events came more than once": often,
            "events came out of order": created != self.stored,
            "numbers came more than once, or out of order": numbers != sorted(set(numbers)),
        }
        return [sentence for sentence, wrong in found.items() if wrong]


class Server(AbstractContextManager["Server"]):
    """A server that can be killed and started again on the same data and port."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        (self.key,) = prepare(folder)
        self.port = free_ports()
        given = {"PINGPILOT_ROLE": "api", "SANDBOX": "off"} | dict(environment)
        self._environment = {"DATA_DIR": str(folder), "PORT": str(self.port)} | given
        self._running = ExitStack()
        self._pid = 0

    def __enter__(self) -> "Server":
        ready = f"http://127.0.0.1:{self.port}/readyz"
        run = running("benchmarks.server", ready, **self._environment)
        self._pid = self._running.enter_context(run)
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def kill_and_start(self) -> None:
        """Let it die without a word, and start it again."""
        kill(self._pid, SIGKILL)
        self._running.close()
        self.__enter__()


def run(trial: Trial) -> Outcome:
    """Run a trial against a server of its own."""
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder), trial.environment) as server:
        return asyncio.run(try_it(server, trial))


async def try_it(server: Server, trial: Trial) -> Outcome:
    """Post, follow, cut off and kill; then compare."""
    began = time.monotonic()
    following = Following()
    await _read_until(server, following, lambda: following.place is not None)
    posting = asyncio.create_task(_post_steadily(server, trial.rate))
    for number in range(trial.cuts):
        if trial.kills and number % (trial.cuts // trial.kills) == trial.cuts // trial.kills // 2:
            dying = asyncio.to_thread(server.kill_and_start)
            await asyncio.gather(dying, _read_for(server, following, 0.5))
        await _read_for(server, following, random.uniform(*trial.life))  # noqa: S311  # no secret
    posting.cancel()
    await asyncio.gather(posting, return_exceptions=True)
    stored = await _stored(server)
    async with asyncio.timeout(_PATIENCE):
        await _read_until(server, following, lambda: len(set(following.created)) >= len(stored))
    await _read_for(server, following, 1.0)  # whatever comes too often
    seconds = time.monotonic() - began
    return Outcome(stored, following, trial.cuts, trial.kills, seconds)


async def _read_for(server: Server, following: Following, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await _read_until(server, following, lambda: False)


async def _read_until(server: Server, following: Following, enough: Callable[[], bool]) -> None:
    """Follow on, over as many connections as it takes."""
    while not enough():
        with suppress(*_LOST):
            async for message in _messages(server, following.place):
                following.take(message)
                if enough():
                    return
        await asyncio.sleep(_STILL)


async def _messages(server: Server, place: str | None) -> AsyncIterator[bytes]:
    """Yield the complete messages of one connection, which is cut off rather than closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    try:
        last = f"Last-Event-ID: {place}\r\n" if place else ""
        writer.write(
            f"GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n{last}"
            f"Authorization: Bearer {server.key}\r\n\r\n".encode()
        )
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise EOFError(head)
        buffer = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            *whole, buffer = (buffer + (await reader.readexactly(size + 2))[:-2]).split(b"\n\n")
            for message in whole:
                yield message
    finally:
        writer.transport.abort()


async def _post_steadily(server: Server, rate: int) -> None:
    """Post one event after the other, also to a server that comes back."""
    url = f"http://127.0.0.1:{server.port}/api/v1/event"
    headers = {"Authorization": f"Bearer {server.key}"}
    due = time.monotonic()
    async with httpx.AsyncClient(headers=headers) as client:
        while True:
            with suppress(httpx.TransportError):
                await client.post(url, json={"category": "bug", "fields": {"at": due}})
            due = max(due + 1 / rate, time.monotonic() - 0.5)
            await asyncio.sleep(max(0.0, due - time.monotonic()))


async def _stored(server: Server) -> list[str]:
    """Return the ids of all events, the oldest first."""
    found: list[str] = []
    cursor: str | None = ""
    headers = {"Authorization": f"Bearer {server.key}"}
    url = f"http://127.0.0.1:{server.port}/api/v1/events"
    async with httpx.AsyncClient(headers=headers) as client:
        while cursor is not None:
            query = {"limit": "200"} | ({"cursor": cursor} if cursor else {})
            page = (await client.get(url, params=query)).json()
            found += [event["id"] for event in page["events"]]
            cursor = page["nextCursor"]
    return found[::-1]
