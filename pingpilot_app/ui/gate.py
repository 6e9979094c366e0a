"""Answers a browser that opens a page it cannot use with the page that it can.

Only a courtesy: it saves the flash of a page that the states would not fill. What protects the
account is `Guarded` (session.py), which every event handler asks.
"""

from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.first_account import Freshness
from pingpilot_app.ui.session import session_of
from pingpilot_app.ui.sign_in import HOME

_INSIDE = {"overview", "feed", "categories", "events", "keys", "channels"}
_INSIDE |= {"quota", "settings", "activity", "operator", "sandbox"}
_OUTSIDE = ("/", "/login", "/setup", "/forgot")
_ANYBODY = (
    "/signup",
    "/reset",
    "/verify",
    "/second-factor",
    "/confirm",
)  # whether signed in or not

_FOLDERS = _INSIDE | {path[1:] for path in (*_OUTSIDE, *_ANYBODY)} - {""}

# Scripts, styles, fonts and pictures come from this server and from nowhere else. Reflex starts
# by an inline script, styles by inline rules and shows toasts by `eval`.
HEADERS = {
    "content-security-policy": (
        "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
        "style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self' ws: wss:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


class Gate:
    """Wraps the dashboard of one instance."""

    def __init__(self, instance: Instance, dashboard: ASGIApp) -> None:
        self._dashboard = dashboard
        self._freshness = Freshness(instance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, or let the dashboard answer with our headers."""
        if scope["type"] != "http":
            await self._dashboard(scope, receive, send)
            return
        elsewhere = await self._elsewhere(scope)
        if elsewhere is not None:
            await RedirectResponse(elsewhere, 303, {"cache-control": "no-store"})(
                scope, receive, send
            )
            return
        await self._dashboard(_as_file(scope), receive, _with_headers(send, scope["path"]))

    async def _elsewhere(self, scope: Scope) -> str | None:
        """Return where this browser should go instead, None where it is right."""
        path = scope["path"].rstrip("/") or "/"
        inside = path.split("/")[1] in _INSIDE
        if scope["method"] != "GET" or not (inside or path in (*_OUTSIDE, *_ANYBODY)):
            return None
        if await self._freshness.is_fresh():
            return None if path == "/setup" else "/setup"
        if path in _ANYBODY:
            return None
        session = await session_of(Headers(scope=scope).get("cookie"))
        if session is None:
            return f"/login?next={_wanted(scope, path)}" if inside else _never_setup(path)
        return None if inside else HOME


def _as_file(scope: Scope) -> Scope:
    """Ask for a page's folder at once: Reflex would redirect `/feed` to `/feed/` first."""
    path = scope["path"]
    if path.strip("/") not in _FOLDERS or path.endswith("/"):
        return scope
    return {**scope, "path": f"{path}/", "raw_path": f"{path}/".encode()}


def _wanted(scope: Scope, path: str) -> str:
    """Return the page that was asked for with its filters, fit to stand in an address."""
    asked = scope.get("query_string", b"").decode("ascii", "replace")
    return quote(f"{path}?{asked}" if asked else path, safe="")


def _never_setup(path: str) -> str | None:
    return "/login" if path == "/setup" else None


def _with_headers(send: Send, path: str) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("cache-control", _kept(path, message["status"]))
        await send(message)

    return send_with


def _kept(path: str, status: int) -> str:
    """Return how long browsers keep a file: what has a hash in its name never changes."""
    if path.startswith("/assets/") and status == 200:
        return "public, max-age=31536000, immutable"
    return "no-cache"  # asked for again each time; unchanged, it is answered without a body
