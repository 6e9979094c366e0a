"""Answers only browsers that come by an address of ours, and only acts of our own pages.

In front of the dashboard, `/auth` and `/export`, so that no route can forget it. The API needs
none of it: a browser adds a key to no request by itself.
"""

from html import escape

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app.serving import client_of
from pingpilot_app.settings import Settings
from pingpilot_app.ui.guard import note
from pingpilot_app.ui.origin import is_known_host, is_own_form, is_own_site
from pingpilot_app.ui.unsubscribe import is_unsubscribe_path

_READING = ("GET", "HEAD", "OPTIONS")
_FILES = ("/auth/", "/export/")  # what is read there is private, and a lot

_FOREIGN = "This was not sent by a page of this PingPilot. Open the dashboard and try again."
_ELSEWHERE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Another address · PingPilot</title></head><body>
<h1>PingPilot has another address</h1>
<p>This PingPilot answers at <a href="{url}">{url}</a>.</p>
<p>Do you reach it by another name? Then whoever runs it sets <code>PUBLIC_URL</code> to the
address that people use, or adds the name to <code>ALLOWED_HOSTS</code>, and starts it again.</p>
</body></html>
"""


class OwnAddress:
    """Wraps everything that knows people by their cookie."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        self._elsewhere = _ELSEWHERE.format(url=escape(settings.public_url))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through, or say where to go."""
        refused = self._refusal(scope) if scope["type"] in ("http", "websocket") else None
        if refused is None:
            await self._app(scope, receive, send)
            return
        note("what no page of ours sent", client_of(scope, self._settings))
        if scope["type"] == "http":
            await refused(scope, receive, send)
        else:
            await receive()  # websocket.connect; closed before it is accepted, it is answered 403
            await send({"type": "websocket.close", "code": 1008})

    def _refusal(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not is_known_host(hosts[0], self._settings):
            return HTMLResponse(self._elsewhere, 421)
        if scope["type"] == "websocket" or is_unsubscribe_path(scope["path"]):
            return None  # the one is checked by its server, the other has no cookie
        if scope["method"] not in _READING:
            own = is_own_form(headers, self._settings)
        else:
            own = not scope["path"].startswith(_FILES) or is_own_site(headers)
        return None if own else PlainTextResponse(_FOREIGN, 403)
