"""`GET /api/v1/events/stream`: what happens to events, as it happens (Server-Sent Events).

A plain Starlette route, as that of accepting (`api/event_route.py`).
https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

import asyncio
import logging
import re

from sqlalchemy.exc import DBAPIError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from pingpilot_app.api import schemas
from pingpilot_app.api.auth import address_of, authorize, bearer_key, limit_headers
from pingpilot_app.api.query import check_query
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.stream import Streams
from pingpilot_app.delivery.stream_hub import Pass, Stream
from pingpilot_app.domain import api_key
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.storage.events import EventView

logger = logging.getLogger(__name__)

PATH = "/api/v1/events/stream"
ID_HEADER, ID_PARAMETER = "Last-Event-ID", "lastEventId"
ID_PATTERN = "^[0-9]{1,18}$"

RETRY = 2_000  # milliseconds that a client waits before it opens a stream again
STALLED = 60.0  # seconds in which a client may take nothing of what it is sent

_HEADERS = {
    "Content-Type": "text/event-stream",
    "X-Accel-Buffering": "no",  # a proxy such as nginx must not collect it
}
_HEARTBEAT = b": still here\n\n"


def stream_route(instance: Instance) -> Route:
    """Return the route that streams the events of `instance`."""
    streams = Streams(instance, _render)

    async def get_stream(request: Request) -> Response:
        entry = await authorize(instance, request, api_key.Scope.EVENTS_READ)
        check_query(request, (ID_PARAMETER,))
        key_hash = api_key.hash_api_key(bearer_key(request), instance.pepper)
        shown = Pass(key_hash, address_of(instance, request))
        stream = await streams.open(entry.account_id, shown, _last_event_id(request))
        return _StreamResponse(stream, limit_headers(instance, entry))

    route = Route(PATH, get_stream, methods=["GET"])
    route.methods = {"GET"}  # Starlette adds HEAD, whose answer would never end
    return route


def _render(view: EventView) -> bytes:
    return schemas.Event.of(view).model_dump_json(by_alias=True).encode()


def _last_event_id(request: Request) -> int | None:
    """Return where the client has come to. The header is newer: the URL stays as it was."""
    in_query = _parsed(ID_PARAMETER, request.query_params.get(ID_PARAMETER))
    in_header = _parsed(ID_HEADER, request.headers.get(ID_HEADER))
    return in_query if in_header is None else in_header


def _parsed(name: str, given: str | None) -> int | None:
    if given is None:
        return None
    if not re.fullmatch(ID_PATTERN, given, re.ASCII):
        sentence = f"{name} must be the id of a message of this stream, which is digits alone"
        raise Invalid(sentence, (Problem(name, sentence),))
    return int(given)


class _StreamResponse(Response):
    """Sends a stream's parts until it is over or the client is gone."""

    def __init__(self, stream: Stream, headers: dict[str, str]) -> None:
        super().__init__(headers=_HEADERS | headers)
        del self.headers["content-length"]
        self._stream = stream

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        leaving = asyncio.create_task(self._end_with_client(receive))
        try:
            await self._send(send)
        finally:
            leaving.cancel()
            self._stream.close()

    async def _send(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        # The id even before anything has happened: a client that loses its connection now resumes.
        first = b"retry: %d\nid: %d\n\n" % (RETRY, self._stream.position)
        part: bytes | None = first
        while part is not None:
            if not await self._has_taken(send, part or _HEARTBEAT):
                return
            part = await self._next()
        await send({"type": "http.response.body", "body": b""})

    async def _next(self) -> bytes | None:
        try:
            return await self._stream.next()
        except DBAPIError as exc:  # the client comes again, and reads on where it was
            logger.warning("cannot read what to stream: %s", exc.orig)
            return None

    async def _has_taken(self, send: Send, part: bytes) -> bool:
        """Send, and tell whether the client, or what lies between, took it in time."""
        try:
            async with asyncio.timeout(STALLED) as self._stream.sending:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except TimeoutError:
            return False
        finally:
            self._stream.sending = None
        return True

    async def _end_with_client(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass  # a GET has no body that would matter
        self._stream.end()
