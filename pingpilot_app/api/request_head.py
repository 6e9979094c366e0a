"""What the first lines of a request to the API may be, before anything looks at its key."""

from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app.api.errors import NOTHING_HERE, refusal

HEAD_MAX = 16 * 1024  # bytes of all header names and values
URL_MAX = 8 * 1024  # bytes of path and query as they were sent

# Sent twice, these would mean one thing to a proxy and another to us.
_ONCE = {
    b"authorization": "Authorization",
    b"content-encoding": "Content-Encoding",
    b"content-length": "Content-Length",
    b"content-type": "Content-Type",
    b"host": "Host",
    b"idempotency-key": "Idempotency-Key",
}


class RequestHead:
    """Refuses an overlong or contradictory request line and headers under /api, as JSON."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        problem = None
        if scope["type"] == "http" and scope["path"].startswith("/api"):
            problem = _problem(scope)
        if problem is None:
            await self._app(scope, receive, send)
        else:
            await refusal(*problem)(scope, receive, send)


def _problem(scope: Scope) -> tuple[int, str] | None:
    """Return status and sentence where the head breaks a rule."""
    if "\x00" in scope["path"]:  # PostgreSQL takes no text with one
        return 404, NOTHING_HERE
    if len(scope["query_string"]) + len(scope.get("raw_path") or b"") > URL_MAX:
        return 414, f"The URL is longer than {URL_MAX // 1024} KiB. Send less in it"
    size = 0
    seen = set()
    for name, value in scope["headers"]:
        size += len(name) + len(value)
        if name in _ONCE:
            if name in seen:
                return 400, f"The header {_ONCE[name]} is given more than once. Send it once"
            seen.add(name)
    if size > HEAD_MAX:
        return (
            431,
            f"The headers are larger than {HEAD_MAX // 1024} KiB. Send fewer or shorter ones",
        )
    return None
