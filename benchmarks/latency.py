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

_NUMBER = re.compile(r"number-\d+")
_EVENT = re.compile(rb"evt_[0-9a-z]{26}")


def measure() -> str:
    """Return the tables as Markdown: one channel, and all three."""
    return "\n\n".join(_measured(channels) for channels in ((Channel.DISCORD,), tuple(Channel)))


def _measured(channels: tuple[Channel, ...]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(_measure(Path(folder), channels))


async def _measure(folder: Path, channels: tuple[Channel, ...]) -> str:
    key, port, sandbox_port = prepare(folder, channels), free_ports(), free_ports()
    sandbox = Sandbox(sandbox_port)
    arrivals = _note_arrivals(sandbox)
    await sandbox.start()
    environment = {
        "DATA_DIR": str(folder),
        "PORT": str(port),
        "PINGPILOT_ROLE": "all",
        "SANDBOX": "off",
        "DISCORD_BOT_TOKEN": "sandbox",
        "DISCORD_API_URL": f"http://127.0.0.1:{sandbox_port}/discord/api/v10",
        "TELEGRAM_BOT_TOKEN": "sandbox",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{sandbox_port}/telegram",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(sandbox_port + 1),
        "SMTP_TLS": "none",
    }
    server = running("benchmarks.server", f"http://127.0.0.1:{port}/readyz", **environment)
    process = await asyncio.to_thread(server.__enter__)
    try:
        warm = await _post_steadily(port, key, 1.0)
        await _all_arrived(arrivals, channels, len(warm.latencies))
        arrivals.clear()
        cpu = _cpu_seconds(process)
        posted = await _post_steadily(port, key, SECONDS)
        await _all_arrived(arrivals, channels, len(posted.latencies))
        cpu = _cpu_seconds(process) - cpu
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)
        await sandbox.stop()
    return _table(posted, arrivals, channels, cpu)


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


async def _post_steadily(port: int, key: str, seconds: float) -> Posted:
    """Post events at RATE, however the server does."""
    posted = Posted(seconds=seconds)
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter()

    async def post(number: int) -> None:
        await asyncio.sleep(start + number / RATE - time.perf_counter())
        body = json.dumps(EVENT | {"description": f"number-{number}"}).encode()
        request = request_bytes(port, "/api/v1/event", body, key)
        reader, writer = await free.get()
        answer = await exchange(reader, writer, request, posted, time.perf_counter())
        now = time.perf_counter()
        posted.answered[f"number-{number}"] = posted.answered[json.loads(answer)["eventId"]] = now
        free.put_nowait((reader, writer))

    await asyncio.gather(*(post(number) for number in range(int(RATE * seconds))))
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


def _table(posted: Posted, arrivals: Arrivals, channels: tuple[Channel, ...], cpu: float) -> str:
    delays = {
        f"200 → {channel.label}": [
            (at - posted.answered[mark]) * 1000 for mark, at in arrivals[channel].items()
        ]
        for channel in channels
    }
    every = [delay for channel in delays.values() for delay in channel]
    measured = {"POST → 200": posted.latencies} | delays | {"**200 → any provider**": every}
    events = len(posted.latencies)
    return "\n".join(
        [
            f"| {RATE} events/s, channels: {len(channels)} | p50 ms | p99 ms |",
            "|---|---|---|",
            *(
                f"| {name} | {percentile(values, 50):.1f} | {percentile(values, 99):.1f} |"
                for name, values in measured.items()
            ),
            f"\nServer CPU: {cpu / events * 1000:.2f} ms an event, {cpu / SECONDS:.0%} of a core.",
        ]
    )
