"""The running server: whether it answers, and which of its parts work."""

import fcntl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.settings import Settings

ANSWER_TIME = 5.0  # seconds

PART = "server"


@dataclass(frozen=True, slots=True)
class Health:
    """What `/readyz` told. `parts` None: nothing of PingPilot's; `trouble` says what instead."""

    parts: dict[str, str] | None
    trouble: str = ""


async def ask(configured: Settings) -> Health:
    """Ask the server of these settings how it is."""
    url = f"{configured.loopback_url}/readyz"
    try:
        # Never through a proxy: it would answer in the server's place.
        async with httpx.AsyncClient(timeout=ANSWER_TIME, trust_env=False) as client:
            response = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as exc:
        return Health(None, f"Nothing answers at {url} ({str(exc) or type(exc).__name__})")
    parts = _parts(response)
    return Health(parts, "" if parts else f"What answers at {url} is not PingPilot")


def _parts(response: httpx.Response) -> dict[str, str] | None:
    try:
        body: Any = response.json()
    except ValueError:
        return None
    if not isinstance(body, dict) or "status" not in body:
        return None
    return {str(part): str(state) for part, state in body.items() if part != "status"}


def judge(configured: Settings, health: Health) -> Iterator[Finding]:
    """Tell what the server's answer means."""
    if health.parts is None:
        yield bad(PART, f"{health.trouble}. {_start(configured)}")
        return
    broken = [part for part, state in health.parts.items() if state != "ok"]
    if broken:
        yield bad(
            PART,
            f"It answers, but this does not work: {', '.join(broken)}. Its log says why; mend "
            "that, and start it again.",
        )
    else:
        yield ok(PART, f"It answers, and this works: {', '.join(health.parts)}.")
    if not broken and "worker" not in health.parts:
        yield _worker_elsewhere(configured)


def _start(configured: Settings) -> str:
    if _held(configured.data_dir):
        return (
            "Another PingPilot works on DATA_DIR: wait until it has started; if it has, HOST and "
            "PORT are not the ones that it was started with."
        )
    return "Start PingPilot with `make run`; if it runs, check HOST and PORT."


def _worker_elsewhere(configured: Settings) -> Finding:
    if _held(configured.data_dir):
        return ok("worker", "Another process on this machine delivers.")
    return note(
        "worker",
        "That server does not deliver, and no worker runs on this machine's DATA_DIR. "
        "Run `python -m pingpilot_app worker`, unless it runs on another machine.",
    )


def _held(data_dir: Path) -> bool:
    """Tell whether a process holds the data directory, by sharing its lock for an instant."""
    try:
        with (data_dir / "pingpilot.lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # there is no such file: nothing ever ran here
        return False
    return False
