"""The id of a request: the caller's own, or a fresh one, in the answer and in every log line."""

import re
from random import getrandbits

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingpilot_app.logs import begin_request

HEADER = b"x-request-id"
_KEY = "pingpilot.request_id"  # in the scope

_FORM = re.compile(rb"[A-Za-z0-9._-]{8,128}")


class RequestIds:
    """Wraps an app, so that each of its answers carries `X-Request-Id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Name the request and let the app answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given(scope) or _fresh()
        scope[_KEY] = request_id
        begin_request(request_id)
        header = (HEADER, request_id.encode())

        async def send_with(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), header]
            await send(message)

        await self._app(scope, receive, send_with)


def request_id_of(scope: Scope) -> str:
    """Return the request's id."""
    request_id: str = scope.get(_KEY) or _fresh()
    return request_id


def _fresh() -> str:
    return f"{getrandbits(128):032x}"  # tells requests apart and keeps no secret


def _given(scope: Scope) -> str | None:
    """Return the id that the caller gave, None where it gave none that fits into a log line."""
    for name, value in scope["headers"]:
        if name == HEADER:
            return value.decode() if _FORM.fullmatch(value) else None
    return None
