"""What a browser is told of every answer: what it may load, run, keep and tell others.

The pages are built once, the same for everybody, and the builder puts scripts into them: each
page's policy names those scripts by their hashes, reckoned once when the server starts. No page
runs anything else: no script in an attribute, none from another place, none made of text (`eval`).

Styles are another matter: the dialogs' library writes the width of the scroll bar into a style
sheet of its own while it runs, which no hash can foresee, and a nonce would have to differ in
pages that are the same for everybody. A style can fetch nothing from elsewhere here.
"""

import re
from base64 import b64encode
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingpilot_app.settings import Settings
from pingpilot_app.ui.origin import websocket_of

YEAR = 31_536_000  # seconds

_INLINE = re.compile(r"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)
_FILE = re.compile(r"\.(?!html$)[a-z0-9]+$")
_PRIVATE = ("/auth/", "/export/", "/unsubscribe/", "/claim/")
# Addresses of these pages may hold a link's token: nobody learns more than the origin from them.
# `no-referrer` would have the browser send `Origin: null` with their forms.
_SECRET = {"/reset", "/verify", "/signup", "/confirm"}
# Addresses of these are secrets themselves, and their pages have no forms.
_WALL = "/wall/"
_FORM = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_NOTHING = "default-src 'none'; frame-ancestors 'none'"  # of what is no page
_FAULT = "PingPilot failed to answer this; its log says why. Try again in a moment."

_ALWAYS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": (
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), serial=(), usb=()"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}

Hashes = Mapping[str, tuple[str, ...]]


def script_hashes(html: str) -> tuple[str, ...]:
    """Return the sources, as a policy names them, of the scripts that stand in a page."""
    digests = (sha256(script.encode()).digest() for script in _INLINE.findall(html))
    return tuple(dict.fromkeys(f"'sha256-{b64encode(digest).decode()}'" for digest in digests))


def read_hashes(folder: Path) -> Hashes:
    """Return the scripts of every page that was built into `folder`, by the page's path.

    The empty path has those of what any other address is answered with.
    """
    found = {
        f"/{file.parent.relative_to(folder)}".replace("/.", "/"): script_hashes(
            file.read_text(encoding="utf-8")
        )
        for file in folder.rglob("index.html")
    }
    others = [folder / "404.html", folder / "__spa-fallback.html"]
    pages = [script_hashes(one.read_text(encoding="utf-8")) for one in others if one.exists()]
    return found | {"": tuple(dict.fromkeys(one for page in pages for one in page))}


class Policies:
    """What each page may load and run."""

    def __init__(self, settings: Settings) -> None:
        self._https = settings.secure_cookies
        self._websocket = websocket_of(settings)
        self._pages: dict[str, str] = {}
        self._plain = self._of(())

    def read(self, folder: Path) -> None:
        """Reckon the hashes of the pages in `folder`. Reads files: not on the event loop."""
        self._pages = {path: self._of(scripts) for path, scripts in read_hashes(folder).items()}

    def of(self, path: str) -> str:
        """Return the policy of the answer at `path`."""
        if path.startswith(_PRIVATE):
            return _FORM
        page = path.removesuffix("index.html").rstrip("/") or "/"
        return self._pages.get(page) or self._pages.get("") or self._plain

    def _of(self, scripts: Iterable[str]) -> str:
        rules = [
            "default-src 'none'",
            " ".join(["script-src 'self'", *scripts]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            f"connect-src 'self' {self._websocket}",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
        return "; ".join(rules + (["upgrade-insecure-requests"] if self._https else []))


class Shielded:
    """Wraps all that browsers are shown, so that no answer goes out without our headers."""

    def __init__(self, app: ASGIApp, settings: Settings, policies: Policies) -> None:
        self._app = app
        self._policies = policies
        hsts = {"strict-transport-security": f"max-age={YEAR}"}
        self._always = _ALWAYS | (hsts if settings.secure_cookies else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with our headers; what an answer says itself stays."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def send_with(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add(message, scope["path"])
            await send(message)

        try:
            await self._app(scope, receive, send_with)
        except Exception:
            if not begun:
                await PlainTextResponse(_FAULT, 500)(scope, receive, send_with)
            raise  # the server around us logs it

    def _add(self, message: Message, path: str) -> None:
        page, headers = path.rstrip("/") or "/", MutableHeaders(scope=message)
        # What has not changed is answered without a type, and replaces the headers that are kept.
        kind = headers.get("content-type", "" if _FILE.search(path) else "text/html")
        is_page = kind.startswith("text/html")
        own = {
            "content-security-policy": self._policies.of(path) if is_page else _NOTHING,
            "referrer-policy": _referrer(page),
            "cache-control": _kept(path, message["status"]),
        }
        if page.startswith(_WALL):
            own["x-robots-tag"] = "noindex, nofollow, noarchive"
        for name, value in (self._always | own).items():
            headers.setdefault(name, value)


def _referrer(page: str) -> str:
    """Return what other pages, and other hosts, learn of where somebody comes from."""
    if page.startswith(_WALL):
        return "no-referrer"
    return "strict-origin" if page in _SECRET else "same-origin"


def _kept(path: str, status: int) -> str:
    """Return how long browsers keep an answer: what has a hash in its name never changes."""
    if path.startswith(_PRIVATE) or status in (303, 421, 500):
        return "no-store"
    if path.startswith("/assets/") and status == 200:
        return f"public, max-age={YEAR}, immutable"
    return "no-cache"  # asked for again each time; unchanged, it is answered without a body
