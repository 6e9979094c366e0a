"""From the accepting answer's request to the provider's door, at a steady rate.

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
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.accept import EVENT
from benchmarks.load import Sample, exchange, percentile, request_bytes
from benchmarks.server import free_ports, prepare, running
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.sandbox import Sandbox

RATE = 200  # events a second
SECONDS = 15.0
CONNECTIONS = 16

_NUMBER = re.compile(r"number-\d+")
_EVENT = re.compile(rb"evt_[0-9a-z]{26}")


def measure() -> str:
    """Return the table as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        return uvloop.run(_measure(Path(folder)))


async def _measure(folder: Path) -> str:
    key, port, sandbox_port = prepare(folder), free_ports(), free_ports()
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
        warm, _ = await _post_steadily(port, key, 1.0)
        await _all_arrived(arrivals, len(warm) // 2)
        arrivals.clear()
        cpu = _cpu_seconds(process)
        sent, sample = await _post_steadily(port, key, SECONDS)
        await _all_arrived(arrivals, len(sample.latencies))
        cpu = _cpu_seconds(process) - cpu
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)
        await sandbox.stop()
    return _table(sent, arrivals, sample, cpu)


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


async def _post_steadily(port: int, key: str, seconds: float) -> tuple[dict[str, float], Sample]:
    """Post events at RATE, however the server does; return when each was sent, by both marks."""
    sent: dict[str, float] = {}
    sample = Sample(seconds=seconds)
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    start = time.perf_counter()

    async def post(number: int) -> None:
        await asyncio.sleep(start + number / RATE - time.perf_counter())
        body = json.dumps(EVENT | {"description": f"number-{number}"}).encode()
        request = request_bytes(port, "/api/v1/event", body, key)
        reader, writer = await free.get()
        now = time.perf_counter()
        answer = await exchange(reader, writer, request, sample, now)
        sent[f"number-{number}"] = sent[json.loads(answer)["eventId"]] = now
        free.put_nowait((reader, writer))

    await asyncio.gather(*(post(number) for number in range(int(RATE * seconds))))
    while not free.empty():
        free.get_nowait()[1].close()
    assert set(sample.statuses) == {200}, sample.statuses
    return sent, sample


async def _all_arrived(arrivals: Arrivals, count: int) -> None:
    async with asyncio.timeout(30):
        while any(len(arrivals[channel]) < count for channel in Channel):  # noqa: ASYNC110  # polls a dict
            await asyncio.sleep(0.05)


def _cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _table(sent: dict[str, float], arrivals: Arrivals, sample: Sample, cpu: float) -> str:
    delays = {
        channel.label: [(at - sent[mark]) * 1000 for mark, at in arrivals[channel].items()]
        for channel in Channel
    }
    every = [delay for channel in delays.values() for delay in channel]
    measured = {"the answer": sample.latencies} | delays | {"**any provider**": every}
    events = len(sample.latencies)
    return "\n".join(
        [
            f"| POST ({RATE} events/s, three channels each) until | p50 ms | p99 ms |",
            "|---|---|---|",
            *(
                f"| {name} | {percentile(values, 50):.1f} | {percentile(values, 99):.1f} |"
                for name, values in measured.items()
            ),
            f"\nServer CPU: {cpu / events * 1000:.2f} ms an event, {cpu / SECONDS:.0%} of a core.",
        ]
    )
