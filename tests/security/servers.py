"""The two real servers, each in a process of its own, and raw sockets to reach them with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from benchmarks.ports import free_ports

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("pingpilot_app", "assets", "alembic", "alembic.ini", "rxconfig.py")
START = 60  # seconds

# `serve` starts the first with the pages in addition; they are not needed here, and take long.
COMMANDS = {
    "granian": ("-m", "reflex", "run", "--env", "prod", "--backend-only"),
    "uvicorn": ("-m", "pingpilot_app", "api"),
}


@contextmanager
def running(kind: str, copy: Path, data: Path, **environment: str) -> Iterator[int]:
    """Run one of the servers in a working copy of its own; gives its port."""
    for name in LINKED:
        (copy / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "reflex.lock", copy / "reflex.lock")
    port = free_ports()
    given = {"DATA_DIR": str(data), "HOST": "127.0.0.1", "PORT": str(port), "SANDBOX": "off"}
    given["REFLEX_FRONTEND_PORT"] = "0"  # Reflex wants none where there are no pages
    log = data / f"{kind}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603  # this project's own server
            [sys.executable, *COMMANDS[kind]],
            cwd=copy,
            env=os.environ | given | environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(port, process, log)
        yield port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


def _wait_until_ready(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START
    while time.monotonic() < end and process.poll() is None:
        with suppress(httpx.TransportError):
            if httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200:
                return
        time.sleep(0.1)  # between two looks; the condition is /readyz
    raise RuntimeError(f"the server did not start:\n{log.read_text(errors='replace')[-4_000:]}")


def connect(port: int, patience: float = 10.0) -> socket.socket:
    """Open a connection whose reads fail after `patience` seconds."""
    return socket.create_connection(("127.0.0.1", port), patience)


def read_to_end(connection: socket.socket, most: int = 10_000_000) -> bytes:
    """Return what comes until the server closes. Raises TimeoutError where it does not."""
    received = b""
    with suppress(ConnectionError):
        while len(received) < most and (chunk := connection.recv(65_536)):
            received += chunk
    return received


def read_answer(connection: socket.socket) -> bytes:
    """Return one answer with a Content-Length, empty where the connection ends instead."""
    received = b""
    with suppress(ConnectionError):
        while b"\r\n\r\n" not in received:
            chunk = connection.recv(65_536)
            if not chunk:
                return received
            received += chunk
        head, _, body = received.partition(b"\r\n\r\n")
        found = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        length = int(found[1]) if found else 0
        while len(body) < length and (chunk := connection.recv(65_536)):
            body += chunk
        return head + b"\r\n\r\n" + body
    return received


def answer_to(port: int, request: bytes) -> bytes:
    """Send bytes on a connection of their own and return the first answer."""
    with connect(port) as connection:
        with suppress(ConnectionError):
            connection.sendall(request)
        return read_answer(connection)


def status_of(answer: bytes) -> int | None:
    """Return the status of an answer, None where the connection ended without one."""
    return int(answer.split(b" ", 2)[1]) if answer.startswith(b"HTTP/1.1 ") else None
