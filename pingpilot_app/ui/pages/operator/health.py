"""What the page says of the instance: figures, facts, and what is wrong."""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from pingpilot_app.delivery.provider import Gate
from pingpilot_app.delivery.sandbox_switch import Outlet
from pingpilot_app.delivery.vitals import Vitals
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.settings import Role, Settings
from pingpilot_app.storage.instance_health import COUNTED_MAX, FailureCount, QueueDepth
from pingpilot_app.storage.migrations import Level
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.storage.writer import QUEUE_MAX
from pingpilot_app.version import VERSION

LATE = timedelta(minutes=5)  # a delivery that is due for so long is worth a word
SLOW = 500.0  # milliseconds that a database should not take to answer
ROOM = 200 * 1_024**2  # bytes of disk, as `doctor` asks for
CROWDED = QUEUE_MAX // 2  # operations that wait for the writer

_ROLES = {
    Role.ALL: "Web, API and worker",
    Role.WEB: "Web and API; a worker runs beside it",
    Role.API: "API",
    Role.WORKER: "Worker",
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What the database says, counted each time."""

    queue: QueueDepth
    failures: list[FailureCount]
    outages: Mapping[Channel, OutageView]
    held: Mapping[Channel, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """What the database says, counted now and then."""

    failed: Mapping[Channel, int]
    database_size: int
    level: Level


@dataclass(frozen=True, slots=True)
class Health:
    """Everything that was found in one look."""

    at: datetime
    settings: Settings
    outlets: tuple[Outlet, ...]
    started_at: datetime | None
    vitals: Vitals
    counted: Counted
    totals: Totals


@dataclass(frozen=True)
class Fact:
    """One line: `value` as text, or `at` as ISO 8601. `look` is calm or bad."""

    name: str
    value: str
    at: str = ""
    look: str = "calm"


@dataclass(frozen=True)
class FactGroup:
    """Facts of one part."""

    name: str
    facts: list[Fact]


@dataclass(frozen=True)
class QueueRow:
    """What waits and what failed, as texts. `oldest` is ISO 8601, empty where nothing is due."""

    due: str = ""
    retrying: str = ""
    leased: str = ""
    sending: str = ""
    oldest: str = ""
    failed_today: str = ""
    failed: str = ""


def queue_row(health: Health) -> QueueRow:
    """Return the figures on top of the page."""
    queue, worker = health.counted.queue, health.vitals.worker
    more = "+" if queue.is_bounded else ""
    return QueueRow(
        due=f"{queue.due:,}{more}",
        retrying=f"{queue.retrying:,}{more}",
        leased=f"{queue.leased:,}{more}",
        sending=f"{worker.sending:,}" if worker else "",
        oldest=iso_milliseconds(queue.oldest_due) if queue.oldest_due else "",
        failed_today=f"{sum(one.count for one in health.counted.failures):,}",
        failed=f"{sum(health.totals.failed.values()):,}",
    )


def problems(health: Health) -> list[str]:
    """Return what is wrong with the instance as sentences, the worst first."""
    found = {
        "The writer has stopped, so nothing can be stored. Restart PingPilot.": (
            not health.vitals.writer_alive
        ),
        "The worker has stopped, so nothing is delivered. Restart PingPilot.": (
            health.vitals.worker is not None and not health.vitals.worker.alive
        ),
        "No channel is set up, so no event can be sent anywhere.": (
            all(outlet.absent for outlet in health.outlets)
        ),
        "The database has another schema than this version. Run `pingpilot migrate`.": (
            not health.totals.level.fits
        ),
        f"The disk has only {size_text(health.vitals.disk_free)} left.": (
            health.vitals.disk_free < ROOM
        ),
        f"The database took {health.vitals.latency:,.0f} ms to answer.": (
            health.vitals.latency > SLOW
        ),
        f"{health.vitals.writer_waiting:,} writes wait for the database.": (
            health.vitals.writer_waiting > CROWDED
        ),
        f"At least {COUNTED_MAX:,} deliveries wait.": health.counted.queue.is_bounded,
        "Deliveries have been due for more than five minutes.": _late(health),
    }
    return [sentence for sentence, wrong in found.items() if wrong] + _shut(health)


def _late(health: Health) -> bool:
    oldest = health.counted.queue.oldest_due
    return oldest is not None and health.at - oldest > LATE


def _shut(health: Health) -> list[str]:
    if health.vitals.worker is None:
        shut = set(health.counted.outages)
    else:
        gates = health.vitals.worker.gates
        shut = {channel for channel in Channel if gates[channel] is not Gate.OPEN}
    return [f"{one.label} is not being tried for now." for one in Channel if one in shut]


def fact_groups(health: Health) -> list[FactGroup]:
    """Return what the page tells of each part."""
    return [
        FactGroup("Server", _server(health)),
        FactGroup("Database", _database(health)),
        FactGroup("Delivery", _delivery(health)),
    ]


def _server(health: Health) -> list[Fact]:
    started = health.started_at
    return [
        Fact("Version", VERSION),
        Fact("Started", "", iso_milliseconds(started) if started else ""),
        Fact("This process runs", _ROLES[health.settings.pingpilot_role]),
        Fact("Python", platform.python_version()),
        Fact("Memory", size_text(health.vitals.memory)),
    ]


def _database(health: Health) -> list[Fact]:
    level, found = health.totals.level, health.vitals
    sqlite = health.settings.database.startswith("sqlite")
    return [
        Fact("Kind", "SQLite" if sqlite else "PostgreSQL"),
        Fact("Size", size_text(health.totals.database_size)),
        Fact("Answers in", f"{found.latency:.1f} ms", look=_bad(found.latency > SLOW)),
        Fact("Schema", schema_text(level), look=_bad(not level.fits)),
        Fact(
            "Disk free",
            f"{size_text(found.disk_free)} of {size_text(found.disk_total)}",
            look=_bad(found.disk_free < ROOM),
        ),
    ]


def schema_text(level: Level) -> str:
    """Return where the database's schema stands."""
    if not level.known:
        return f"{level.current}, of another version"
    if level.missing:
        return f"{level.current or 'none'}, {len(level.missing)} to run"
    return f"{level.current}, up to date"


def _delivery(health: Health) -> list[Fact]:
    found, worker = health.vitals, health.vitals.worker
    facts = [
        Fact("Writer", *_alive(found.writer_alive)),
        Fact("Writes waiting", f"{found.writer_waiting:,}"),
    ]
    if worker is None:
        return [*facts, Fact("Worker", "In another process")]
    return [
        *facts,
        Fact("Worker", *_alive(worker.alive)),
        Fact("Under way now", f"{worker.sending:,}"),
        Fact("Held in memory", f"{worker.held:,}"),
    ]


def _alive(alive: bool) -> tuple[str, str, str]:
    return ("Alive", "", "calm") if alive else ("Stopped", "", "bad")


def _bad(wrong: bool) -> str:
    return "bad" if wrong else "calm"


def size_text(size: float) -> str:
    """Return bytes as `812 KiB` or `1.4 GiB`."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1_024:
            return f"{size:.0f} {unit}" if size >= 10 or unit == "B" else f"{size:.1f} {unit}"
        size /= 1_024
    return f"{size:.1f} TiB"
