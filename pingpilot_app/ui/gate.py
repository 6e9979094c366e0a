"""Answers a browser that opens a page it cannot use with the page that it can.

Only a courtesy: it saves the flash of a page that the states would not fill. What protects the
account is `Guarded` (session.py), which every event handler asks.
"""

from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.ui.first_account import Freshness
from pingpilot_app.ui.session import owes, session_of
from pingpilot_app.ui.sign_in import HOME
from pingpilot_app.ui.sign_in.place import FACTOR_PAGE

_INSIDE = {"overview", "feed", "categories", "events", "keys", "channels"}
_INSIDE |= {"quota", "team", "settings", "activity", "operator", "sandbox"}
_OUTSIDE = ("/", "/login", "/setup", "/forgot")
# For who is signed in and who is not.
_ANYBODY = ("/signup", "/reset", "/verify", "/second-factor", "/confirm", "/join")

_FOLDERS = _INSIDE | {path[1:] for path in (*_OUTSIDE, *_ANYBODY, FACTOR_PAGE)} - {""}
_FOLDERS |= {"channels/own"}


class Gate:
    """Wraps the dashboard of one instance."""

    def __init__(self, instance: Instance, dashboard: ASGIApp) -> None:
        self._dashboard = dashboard
        self._freshness = Freshness(instance)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Redirect, or let the dashboard answer."""
        if scope["type"] != "http":
            await self._dashboard(scope, receive, send)
            return
        elsewhere = await self._elsewhere(scope)
        if elsewhere is not None:
            await RedirectResponse(elsewhere, 303)(scope, receive, send)
            return
        await self._dashboard(_as_file(scope), receive, send)

    async def _elsewhere(self, scope: Scope) -> str | None:
        """Return where this browser should go instead, None where it is right."""
        path = scope["path"].rstrip("/") or "/"
        inside = path.split("/")[1] in _INSIDE or path == FACTOR_PAGE
        if scope["method"] != "GET" or not (inside or path in (*_OUTSIDE, *_ANYBODY)):
            return None
        if await self._freshness.is_fresh():
            return None if path == "/setup" else "/setup"
        if path in _ANYBODY:
            return None
        session = await session_of(Headers(scope=scope).get("cookie"), even_owing=True)
        if session is None:
            return f"/login?next={_wanted(scope, path)}" if inside else _never_setup(path)
        if owes(session):
            return None if path == FACTOR_PAGE else FACTOR_PAGE
        is_done = path == FACTOR_PAGE and b"once=" not in scope.get("query_string", b"")
        return HOME if is_done or not inside else None


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
