"""A load generator on raw sockets: one asyncio process, one request at a time a connection.

A client library would cost more CPU than the server it measures.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import uvloop


@dataclass
class Sample:
    """What one run measured. `latencies` are in milliseconds."""

    seconds: float = 0.0
    statuses: dict[int, int] = field(default_factory=dict)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Return requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the latency that `percent` of the requests did not exceed."""
        return percentile(self.latencies, percent)


def percentile(values: list[float], percent: float) -> float:
    """Return the value that `percent` of `values` do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def request_bytes(port: int, path: str, body: bytes, key: str | None = None) -> bytes:
    """Return a POST as it goes over the wire."""
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{authorization}"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def post_repeatedly(port: int, request: bytes, connections: int, seconds: float) -> Sample:
    """Send `request` over `connections` at once, each as fast as it is answered."""
    return uvloop.run(_run(port, request, connections, seconds))


async def _run(port: int, request: bytes, connections: int, seconds: float) -> Sample:
    sample = Sample()
    end = time.perf_counter() + seconds
    start = time.perf_counter()
    await asyncio.gather(*(_one(port, request, end, sample) for _ in range(connections)))
    sample.seconds = time.perf_counter() - start
    return sample


async def _one(port: int, request: bytes, end: float, sample: Sample) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (sent := time.perf_counter()) < end:
        await exchange(reader, writer, request, sample, sent)
    writer.close()


async def exchange(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    request: bytes,
    sample: Sample,
    sent: float,
) -> bytes:
    """Send one request, note how it went, return the answer's body."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    body = await reader.readexactly(_content_length(head))
    sample.latencies.append((time.perf_counter() - sent) * 1000)
    status = int(head[9:12])
    sample.statuses[status] = sample.statuses.get(status, 0) + 1
    return body


def _content_length(head: bytes) -> int:
    start = head.lower().index(b"content-length:") + len(b"content-length:")
    return int(head[start : head.index(b"\r\n", start)])


def medians(samples: list[Sample]) -> tuple[float, float, float]:
    """Return the medians of rate, p50 and p99 over several runs."""
    return (
        median(sample.rate for sample in samples),
        median(sample.percentile(50) for sample in samples),
        median(sample.percentile(99) for sample in samples),
    )


def interleaved(rounds: int, names: list[str]) -> Iterator[str]:
    """Yield the names in turn, so that noise of the machine hits all alike."""
    for _ in range(rounds):
        yield from names
