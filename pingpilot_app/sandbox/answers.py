"""HTTP answers of the sandbox, the broken ones too."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.faults import Fault, Faults

GARBAGE = b"<html><body><h1>It works!</h1> PingPilot sandbox: garbage as ordered</body></html>"

Endpoint = Callable[[Request], Awaitable[Response]]
Drop = Callable[[tuple[str, int]], None]


class Broken(Response):
    """An answer that ends with its connection, part of the way through where `begin`."""

    def __init__(self, drop: Drop, *, begin: bool) -> None:
        super().__init__()
        self._drop = drop
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._begin:
            headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"id": "1', "more_body": True})
        self._drop(scope["client"])
        while (await receive())["type"] != "http.disconnect":
            pass


def json_answer(
    document: Any, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Return a JSON answer."""
    body = json.dumps(document).encode()
    return Response(body, status, headers, media_type="application/json")


def garbage() -> Response:
    """Return a 200 that is not an API's."""
    return Response(GARBAGE, media_type="text/html")


class Failing:
    """Runs an endpoint, with the failures that are planned for its channel."""

    def __init__(
        self,
        channel: Channel,
        faults: Faults,
        drop: Drop,
        refuse: Callable[[Fault], Response],
    ) -> None:
        self._channel = channel
        self._faults = faults
        self._drop = drop
        self._refuse = refuse

    async def run(self, request: Request, endpoint: Endpoint) -> Response:
        """Return the endpoint's answer, or what a planned failure makes of it."""
        fault = self._faults.take(self._channel)
        if fault is None:
            return await endpoint(request)
        if fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
            return await endpoint(request)
        if fault.silent:
            return await self._silent(fault, request, endpoint)
        return garbage() if fault.mode == "garbage" else self._refuse(fault)

    async def _silent(self, fault: Fault, request: Request, endpoint: Endpoint) -> Response:
        await endpoint(request)
        if fault.silent == "timeout":
            await self._faults.hold()
        return Broken(self._drop, begin=fault.silent == "reset")
