"""`GET /api/v1/events/stream`: what 500 open streams cost, and whether one ever misses an event."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvloop

from benchmarks.accept import BODY
from benchmarks.load import Sample, exchange, interleaved, request_bytes
from benchmarks.ports import free_ports
from benchmarks.resuming import Outcome, Trial, run
from benchmarks.server import prepare, running

STREAMS = 500
RATE = 50  # events a second
SECONDS = 8.0
ROUNDS = 4
CUTS, KILLS = 200, 5
MEGABYTES = 100  # the target
_SETTLE = 1.0  # seconds until all have been told of the last event

_DELIVERS = {
    "PINGPILOT_ROLE": "all",
    "SANDBOX": "on",
    "TELEGRAM_RATE": "100000",
    "TELEGRAM_CHAT_RATE": "100000",
}


@dataclass
class Crowd:
    """What came to each stream: how many events it was told of, and how many were cut off."""

    counts: list[int] = field(default_factory=list)
    lost: int = 0


@dataclass
class Measured:
    """What came of one kind of rounds: `memory` in MB is what the server held more than before all.

    The caches of its database grow with the events, and are in it.
    """

    sample: Sample = field(default_factory=Sample)
    memory: float = 0.0


def measure() -> str:
    """Return the tables as Markdown."""
    return "\n\n".join([_crowded(), _resuming()])


def _crowded() -> str:
    """Accept at a steady rate: without streams, beside quiet ones, and beside ones that hear it."""
    with tempfile.TemporaryDirectory() as folder:
        (key, quiet), port = prepare(Path(folder), count=2), free_ports()
        keys = {"no streams": None, f"{STREAMS} quiet": quiet, f"{STREAMS} that hear all": key}
        found = {name: Measured() for name in keys}
        environment = {"DATA_DIR": folder, "PORT": str(port), "SANDBOX": "off"}
        ready = f"http://127.0.0.1:{port}/readyz"
        with running("pingpilot_app", ready, "api", **environment) as pid:
            _post(port, key, SECONDS)  # warm
            before = _megabytes(pid)
            for name in interleaved(ROUNDS, list(keys)):
                held = _round(found[name], port, pid, key, keys[name])
                found[name].memory = max(found[name].memory, held - before)
    return _crowd_table(found)


def _round(found: Measured, port: int, pid: int, key: str, watching: str | None) -> float:
    """Accept for a while; return the megabytes that the server holds in the end of it."""
    if watching is None:
        found.sample.latencies += _post(port, key, SECONDS).latencies
        return _megabytes(pid)
    with _crowd(port, watching) as crowd:
        sample = _post(port, key, SECONDS)
        found.sample.latencies += sample.latencies
        time.sleep(_SETTLE)
        held = _megabytes(pid)
    expected = len(sample.latencies) if watching == key else 0
    assert crowd.lost == 0
    assert set(crowd.counts) == {expected}, (expected, min(crowd.counts), max(crowd.counts))
    return held


@contextmanager
def _crowd(port: int, key: str) -> Iterator[Crowd]:
    """Hold STREAMS streams open within the block; afterwards it is known what they got."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.crowd", str(port), key, str(STREAMS)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    assert process.stdout.readline() == "open\n"
    crowd = Crowd()
    try:
        yield crowd
    finally:
        process.stdin.close()
        told = json.loads(process.stdout.readline())
        crowd.counts, crowd.lost = told["counts"], told["lost"]
        process.wait(20)


def _megabytes(pid: int) -> float:
    """Return what the process holds in memory (RSS)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def _post(port: int, key: str, seconds: float) -> Sample:
    return uvloop.run(
        _post_steadily(port, request_bytes(port, "/api/v1/event", BODY, key), seconds)
    )


async def _post_steadily(port: int, request: bytes, seconds: float) -> Sample:
    sample = Sample()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = time.perf_counter()
    for number in range(int(RATE * seconds)):
        await asyncio.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        await exchange(reader, writer, request, sample, time.perf_counter())
    writer.close()
    assert set(sample.statuses) == {200}, sample.statuses
    return sample


def _crowd_table(found: dict[str, Measured]) -> str:
    rows = []
    for name, one in found.items():
        p50, p99 = one.sample.percentile(50), one.sample.percentile(99)
        rows.append(f"| {name} | {p50:.2f} | {p99:.2f} | {one.memory:.0f} |")
    most = max(one.memory for one in found.values())
    verdict = "met" if most < MEGABYTES else "**missed**"
    told = "Every stream was told of every event, once."
    return "\n".join(
        [
            f"| {RATE} events/s accepted beside … | p50 ms | p99 ms | memory added, MB |",
            "|---|---|---|---|",
            *rows,
            "",
            f"Target: < {MEGABYTES} MB: {verdict}. {told}",
        ]
    )


def _resuming() -> str:
    trials = {
        "cut off": Trial(CUTS, RATE),
        "cut off, all channels deliver": Trial(CUTS, RATE, environment=_DELIVERS),
        "cut off, the server killed (-9)": Trial(CUTS, RATE, kills=KILLS),
    }
    return "\n".join(
        [
            f"| {RATE} events/s, one client | cut off | killed | events | messages | result |",
            "|---|---|---|---|---|---|",
            *(_trial_row(name, run(trial)) for name, trial in trials.items()),
        ]
    )


def _trial_row(name: str, outcome: Outcome) -> str:
    result = "; ".join(outcome.faults) or "each exactly once, in order"
    return (
        f"| {name} | {outcome.cuts} | {outcome.kills} | {len(outcome.stored):,} "
        f"| {len(outcome.following.messages):,} | {result} |"
    )
