"""What Discord and email notice of a dead Telegram: nothing, is the goal.

Each round starts a fresh server and a healthy run stands beside every ill one, for the machine is
shared; the medians of the rounds are compared.
"""

from collections.abc import Callable
from statistics import median

from benchmarks.latency import Load, Run, run
from benchmarks.load import percentile
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.sandbox import Sandbox

RATE = 50  # events a second
SECONDS = 20.0
ROUNDS = 3

OTHERS = (Channel.DISCORD, Channel.EMAIL)


def _failing(mode: str) -> Callable[[Sandbox], None]:
    return lambda sandbox: sandbox.fail(Channel.TELEGRAM, mode, None)


# Nothing listens on port 9, the old discard service.
REFUSED = {"TELEGRAM_API_URL": "http://127.0.0.1:9"}

CASES = {
    "healthy": Load(needed=OTHERS, rate=RATE, seconds=SECONDS),
    "refuses connections": Load(needed=OTHERS, rate=RATE, seconds=SECONDS, environment=REFUSED),
    "answers 500": Load(
        needed=OTHERS, rate=RATE, seconds=SECONDS, prepare=_failing("server_error")
    ),
    "never answers": Load(needed=OTHERS, rate=RATE, seconds=SECONDS, prepare=_failing("timeout")),
}


def measure() -> str:
    """Return the table as Markdown."""
    runs: dict[str, list[Run]] = {name: [] for name in CASES}
    for _ in range(ROUNDS):
        for name, load in CASES.items():
            runs[name].append(run(load))
    healthy = {channel: _p99(runs["healthy"], channel) for channel in OTHERS}
    return "\n".join(
        [
            f"| {RATE} events/s; Telegram … | Discord p50 / p99 ms | Email p50 / p99 ms | p99 × |",
            "|---|---|---|---|",
            *(_row(name, done, healthy) for name, done in runs.items()),
        ]
    )


def _row(name: str, runs: list[Run], healthy: dict[Channel, float]) -> str:
    cells = [f"{_p50(runs, channel):.1f} / {_p99(runs, channel):.1f}" for channel in OTHERS]
    ratios = [f"{_p99(runs, channel) / healthy[channel]:.2f}" for channel in OTHERS]
    return f"| {name} | {cells[0]} | {cells[1]} | {ratios[0]}, {ratios[1]} |"


def _p50(runs: list[Run], channel: Channel) -> float:
    return median(percentile(run.delays(channel), 50) for run in runs)


def _p99(runs: list[Run], channel: Channel) -> float:
    return median(percentile(run.delays(channel), 99) for run in runs)
