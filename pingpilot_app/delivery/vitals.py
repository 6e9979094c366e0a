"""How this process is: its parts, its memory, its disk, and how fast the database answers."""

import asyncio
import os
import resource
import shutil
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.provider import Gate
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.instance_health import answers


@dataclass(frozen=True, slots=True)
class WorkerVitals:
    """The worker of this process: `held` deliveries are in its memory, `sending` under way."""

    alive: bool
    held: int
    sending: int
    gates: Mapping[Channel, Gate]


@dataclass(frozen=True, slots=True)
class Vitals:
    """One look. Sizes are bytes; `latency` is milliseconds; `worker` None: it runs elsewhere."""

    latency: float
    disk_free: int
    disk_total: int
    memory: int
    writer_alive: bool
    writer_waiting: int
    worker: WorkerVitals | None


async def look(instance: Instance) -> Vitals:
    """Look at the process that runs `instance`."""
    begun = time.perf_counter()
    await instance.database.read(answers)
    latency = (time.perf_counter() - begun) * 1_000
    memory, disk = await asyncio.to_thread(_of_the_machine, instance.settings.data_dir)
    return Vitals(
        latency=latency,
        disk_free=disk.free,
        disk_total=disk.total,
        memory=memory,
        writer_alive=instance.writer.alive,
        writer_waiting=instance.writer.waiting,
        worker=_worker(instance),
    )


def _worker(instance: Instance) -> WorkerVitals | None:
    worker = instance.worker
    if worker is None:
        return None
    gates = {channel: worker.gate_of(channel) for channel in Channel}
    return WorkerVitals(worker.alive, worker.backlog, worker.sending, gates)


def _of_the_machine(data_dir: Path) -> tuple[int, "shutil._ntuple_diskusage"]:
    return _memory(), shutil.disk_usage(data_dir)


def _memory() -> int:
    """Return the bytes of memory that the process has now; where that is not told, its most."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most * 1_024
