"""One real PingPilot in a process of its own, away from the developer's data and build."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("pingpilot_app", "assets", "alembic", "alembic.ini", "rxconfig.py")
_GRANIAN = ["--interface", "asgi", "--factory", "pingpilot_app.pingpilot_app:app"]
# The same with the pages that were built before.
_BUILT = {
    "__REFLEX_SKIP_COMPILE": "true",
    "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true",
    "REFLEX_ENV_MODE": "prod",
}
START = 180  # seconds: the first start of a working copy fetches the front end's packages


@dataclass(frozen=True)
class Server:
    """Where a server listens. `sandbox` is the root of its control routes; `data` its folder.

    `end` stops its process, and `begin` starts another one at the same place, without building.
    """

    url: str
    sandbox: str
    data: Path
    end: Callable[[], None] = field(default=lambda: None, compare=False)
    begin: Callable[[], None] = field(default=lambda: None, compare=False)


@contextmanager
def running_server(copy: Path, data: Path, **environment: str) -> Iterator[Server]:
    """Serve the production build from a working copy of its own (`.web` cannot be shared)."""
    with _running(["reflex", "run", "--env", "prod"], copy, data, environment) as server:
        yield server


@contextmanager
def running_backend(copy: Path, data: Path, **environment: str) -> Iterator[Server]:
    """Serve without the pages, as Reflex does beside them: nothing is built, it starts at once."""
    environment = {"__REFLEX_SKIP_COMPILE": "true"} | environment
    with _running(["granian", *_GRANIAN], copy, data, environment) as server:
        yield server


@contextmanager
def _running(
    command: list[str], copy: Path, data: Path, environment: dict[str, str]
) -> Iterator[Server]:
    _link(copy)
    port, sandbox_port = free_ports(), free_ports()
    url, control = f"http://localhost:{port}", f"http://127.0.0.1:{sandbox_port}/control"
    around = _environment(url, port, sandbox_port, data) | environment
    process = _start(command, copy, around, data)

    def begin() -> None:
        nonlocal process
        process = _start(["granian", *_GRANIAN], copy, around | _BUILT, data)
        _wait_until_ready(server, process)

    server = Server(url, control, data, lambda: _end(process), begin)
    try:
        _wait_until_ready(server, process)
        yield server
    finally:
        _end(process)


def _start(
    command: list[str], copy: Path, environment: dict[str, str], data: Path
) -> subprocess.Popen[bytes]:
    with (data / "server.log").open("ab") as output:
        return subprocess.Popen(  # noqa: S603  # one of the two commands above
            [sys.executable, "-m", *command],
            cwd=copy,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _link(copy: Path) -> None:
    copy.mkdir(parents=True, exist_ok=True)
    for name in LINKED:
        link = copy / name
        link.unlink(missing_ok=True)
        link.symlink_to(ROOT / name)
    if (ROOT / "reflex.lock").exists():
        shutil.copytree(ROOT / "reflex.lock", copy / "reflex.lock", dirs_exist_ok=True)


def _environment(url: str, port: int, sandbox_port: int, data: Path) -> dict[str, str]:
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    proxies = {n: v for n, v in os.environ.items() if n.lower().endswith("_proxy")}
    return {
        **inherited,
        **proxies,
        "PUBLIC_URL": url,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "GRANIAN_PORT": str(port),
        "DATA_DIR": str(data),
        "SIGNUP": "open",
        "SANDBOX": "on",
        "SANDBOX_PORT": str(sandbox_port),
    }


def _wait_until_ready(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{server.url}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)  # between two looks; the condition is /readyz
    log = server.data / "server.log"
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-4_000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)
    except ProcessLookupError:
        pass
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(20)
