"""Accepting: `POST /api/v1/event` against a bare JSON route of the same server."""

import json
import tempfile
from pathlib import Path

from benchmarks.load import Sample, interleaved, medians, post_repeatedly, request_bytes
from benchmarks.ports import free_ports
from benchmarks.server import BARE_PATH, prepare, running

ROUNDS = 3
SECONDS = 3.0
CONNECTIONS = (1, 16, 64)
EVENT = {
    "category": "bug",
    "description": "Critical database connection error",
    "fields": {
        "severity": "high",
        "service": "api-server",
        "error_code": "ECONNREFUSED",
        "retry_count": 3,
    },
}
BODY = json.dumps(EVENT).encode()


def measure() -> str:
    """Return the table as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        (key,), port = prepare(Path(folder)), free_ports()
        environment = {
            "DATA_DIR": folder,
            "PORT": str(port),
            "PINGPILOT_ROLE": "api",
            "SANDBOX": "off",
        }
        with running("benchmarks.server", f"http://127.0.0.1:{port}/readyz", **environment):
            requests = {
                "bare": request_bytes(port, BARE_PATH, BODY),
                "event": request_bytes(port, "/api/v1/event", BODY, key),
            }
            rows = [_row(port, requests, connections) for connections in CONNECTIONS]
    return "\n".join(
        [
            "| connections | bare req/s | p50 / p99 ms | event req/s | p50 / p99 ms | ratio |",
            "|---|---|---|---|---|---|",
            *rows,
        ]
    )


def _row(port: int, requests: dict[str, bytes], connections: int) -> str:
    samples: dict[str, list[Sample]] = {name: [] for name in requests}
    for request in requests.values():
        post_repeatedly(port, request, connections, 0.5)  # warm
    for name in interleaved(ROUNDS, list(requests)):
        sample = post_repeatedly(port, requests[name], connections, SECONDS)
        assert set(sample.statuses) == {200}, sample.statuses
        samples[name].append(sample)
    bare, event = medians(samples["bare"]), medians(samples["event"])
    return (
        f"| {connections} | {bare[0]:,.0f} | {bare[1]:.2f} / {bare[2]:.2f} "
        f"| {event[0]:,.0f} | {event[1]:.2f} / {event[2]:.2f} | {event[0] / bare[0]:.2f} |"
    )
