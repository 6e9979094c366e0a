"""From an event's acceptance to the providers' doors, at a steady rate.

The providers are played by this process: it notes when each message arrives. So server and
providers share the machine, but no interpreter.
"""

import asyncio
import json
import os
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.accept import EVENT
from benchmarks.load import Sample, exchange, percentile, request_bytes
from benchmarks.ports import free_ports
from benchmarks.server import prepare, running
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.sandbox import Sandbox

RATE = 200  # events a second
SECONDS = 10.0
CONNECTIONS = 16
ACCOUNTS = 8

_NUMBER = re.compile(r"number-\d+")
_EVENT = re.compile(rb"evt_[0-9a-z]{26}")


@dataclass(frozen=True)
class Load:
    """What is posted, and how the providers do: `prepare` may let them fail; `needed` have to get
    every message before the run ends.
    """

    channels: tuple[Channel, ...] = tuple(Channel)
    accounts: int = 1
    needed: tuple[Channel, ...] = tuple(Channel)
    rate: int = RATE
    seconds: float = SECONDS
    prepare: Callable[[Sandbox], None] = lambda _: None
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Run:
    """What came of it: `cpu` is the server's, in seconds."""

    posted: "Posted"
    arrivals: "Arrivals"
    cpu: float

    def delays(self, channel: Channel) -> list[float]:
        """Return the milliseconds from each 200 to the provider's door."""
        answered, arrivals = self.posted.answered, self.arrivals[channel]
        return [(at - answered[mark]) * 1000 for mark, at in arrivals.items()]


def measure() -> str:
    """Return the tables as Markdown: one channel, all three, and those of several accounts."""
    loads = [
        Load((Channel.DISCORD,), needed=(Channel.DISCORD,)),
        Load(),
        Load(accounts=ACCOUNTS),
    ]
    return "\n\n".join(_table(load) for load in loads)


def run(load: Load) -> Run:
    """Post steadily to a fresh server and note when each message arrives."""
    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(_run(Path(folder), load))


async def _run(folder: Path, load: Load) -> Run:
    keys = prepare(folder, load.channels, load.accounts)
    port, sandbox_port = free_ports(), free_ports()
    sandbox = Sandbox(sandbox_port)
    arrivals = _note_arrivals(sandbox)
    await sandbox.start()
    environment = _environment(folder, port, sandbox_port) | dict(load.environment)
    server = running("benchmarks.server", f"http://127.0.0.1:{port}/readyz", **environment)
    process = await asyncio.to_thread(server.__enter__)
    try:
        warm = await _post_steadily(port, keys, load.rate, 1.0)
        await _all_arrived(arrivals, load.needed, len(warm.latencies))
        arrivals.clear()
        load.prepare(sandbox)
        cpu = _cpu_seconds(process)
        posted = await _post_steadily(port, keys, load.rate, load.seconds)
        await _all_arrived(arrivals, load.needed, len(posted.latencies))
        cpu = _cpu_seconds(process) - cpu
    finally:
        sandbox.faults.clear()
        await asyncio.to_thread(server.__exit__, None, None, None)
        await sandbox.stop()
    return Run(posted, arrivals, cpu)


def _environment(folder: Path, port: int, sandbox_port: int) -> dict[str, str]:
    return {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PINGPILOT_ROLE": "all",
        "SANDBOX": "off",
        "DISCORD_BOT_TOKEN": "sandbox",
        "DISCORD_API_URL": f"http://127.0.0.1:{sandbox_port}/discord/api/v10",
        "TELEGRAM_BOT_TOKEN": "sandbox",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{sandbox_port}/telegram",
        "TELEGRAM_RATE": "100000",  # the real limits would be measured, and nothing else
        "TELEGRAM_CHAT_RATE": "100000",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(sandbox_port + 1),
        "SMTP_TLS": "none",
    }


Arrivals = dict[Channel, dict[str, float]]


def _note_arrivals(sandbox: Sandbox) -> Arrivals:
    """Return a table that fills with the moment at which each event's message arrives.

    Messages are told apart by their number in the description, mails (whose text is encoded) by
    the event's id in a header.
    """
    arrivals: Arrivals = defaultdict(dict)

    def note(channel: Channel, to: str, raw: dict[str, Any] | bytes, reference: str) -> None:  # noqa: ARG001
        now = time.perf_counter()
        found = _EVENT.search(raw) if isinstance(raw, bytes) else _NUMBER.search(json.dumps(raw))
        assert found
        mark = found.group()
        arrivals[channel].setdefault(mark.decode() if isinstance(mark, bytes) else mark, now)

    sandbox.inbox.add = note  # type: ignore[method-assign]  # keeping the messages would cost CPU
    return arrivals


@dataclass
class Posted(Sample):
    """What was posted; `answered` is when each event's 200 came, by both of its marks."""

    answered: dict[str, float] = field(default_factory=dict)


async def _post_steadily(port: int, keys: list[str], rate: int, seconds: float) -> Posted:
    """Post `rate` events a second, with each key in turn, however the server does."""
    posted = Posted(seconds=seconds)
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter()

    async def post(number: int) -> None:
        await asyncio.sleep(start + number / rate - time.perf_counter())
        body = json.dumps(EVENT | {"description": f"number-{number}"}).encode()
        request = request_bytes(port, "/api/v1/event", body, keys[number % len(keys)])
        reader, writer = await free.get()
        answer = await exchange(reader, writer, request, posted, time.perf_counter())
        now = time.perf_counter()
        posted.answered[f"number-{number}"] = posted.answered[json.loads(answer)["eventId"]] = now
        free.put_nowait((reader, writer))

    await asyncio.gather(*(post(number) for number in range(int(rate * seconds))))
    while not free.empty():
        free.get_nowait()[1].close()
    assert set(posted.statuses) == {200}, posted.statuses
    return posted


async def _all_arrived(arrivals: Arrivals, channels: tuple[Channel, ...], count: int) -> None:
    async with asyncio.timeout(30):
        while any(len(arrivals[channel]) < count for channel in channels):  # noqa: ASYNC110  # polls a dict
            await asyncio.sleep(0.05)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _table(load: Load) -> str:
    done = run(load)
    delays = {f"200 → {channel.label}": done.delays(channel) for channel in load.channels}
    every = [delay for channel in delays.values() for delay in channel]
    measured = {"POST → 200": done.posted.latencies} | delays | {"**200 → any provider**": every}
    return "\n".join(
        [
            f"| {RATE} events/s, {_size(load)} | p50 ms | p99 ms |",
            "|---|---|---|",
            *(
                f"| {name} | {percentile(values, 50):.1f} | {percentile(values, 99):.1f} |"
                for name, values in measured.items()
            ),
            "",
            f"Server CPU: {_cost(done)}.",
        ]
    )


def _size(load: Load) -> str:
    return f"{_noun(len(load.channels), 'channel')}, {_noun(load.accounts, 'account')}"


def _noun(count: int, noun: str) -> str:
    return f"{count} {noun}" + ("" if count == 1 else "s")


def _cost(done: Run) -> str:
    events = len(done.posted.latencies)
    return f"{done.cpu / events * 1000:.2f} ms an event, {done.cpu / SECONDS:.0%} of a core"
