"""Many open streams in a process of their own, which reads them with as little work as it can.

`python -m benchmarks.crowd PORT KEY COUNT` prints a line once all are open, and, when its standard
input ends, one with how many events each of them was told of, as JSON.
"""

import asyncio
import json
import sys
from functools import partial

import uvloop

_CREATED = b"\nevent: event.created\n"
_TOGETHER = 50  # that open at once


class _Reader(asyncio.Protocol):
    """Counts the new events of one stream."""

    def __init__(self, request: bytes) -> None:
        self.count = 0
        self.lost = False
        self.opened = asyncio.get_running_loop().create_future()
        self._request = request
        self._end = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        transport.write(self._request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        whole = self._end + data
        self.count += whole.count(_CREATED)
        self._end = whole[-len(_CREATED) + 1 :]
        if not self.opened.done() and b"\nid: " in whole:
            self.opened.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(exc or EOFError("the stream was refused"))


def _same(reader: _Reader) -> _Reader:
    return reader


async def _main(port: int, key: str, count: int) -> None:
    request = (
        "GET /api/v1/events/stream HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Authorization: Bearer {key}\r\n\r\n"
    ).encode()
    loop = asyncio.get_running_loop()
    readers: list[_Reader] = []
    while len(readers) < count:
        fresh = [_Reader(request) for _ in range(min(_TOGETHER, count - len(readers)))]
        for one in fresh:
            await loop.create_connection(partial(_same, one), "127.0.0.1", port)
        await asyncio.gather(*(one.opened for one in fresh))
        readers += fresh
    print("open", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    counts = [one.count for one in readers]
    print(json.dumps({"counts": counts, "lost": sum(one.lost for one in readers)}), flush=True)


if __name__ == "__main__":
    uvloop.run(_main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
