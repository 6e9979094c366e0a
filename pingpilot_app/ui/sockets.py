"""The websockets of open tabs: how many, from whom, how fast and how large their messages.

Stands before Reflex, whose engine takes messages of a megabyte and any number of sockets, and
closes what else Reflex answers that no page needs.
"""

import re
from collections import Counter
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pingpilot_app.delivery.burst import Buckets
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.serving import client_of
from pingpilot_app.settings import Settings
from pingpilot_app.ui.frames import GOODBYE, LONGEST, NAMESPACE, Conversation
from pingpilot_app.ui.guard import note
from pingpilot_app.ui.session import session_of, token_in

# Each open tab keeps 20 to 100 KB of state, so how many there may be is how much memory it takes.
OF_SESSION = 200  # tabs that one session has open
OF_STRANGERS = 100  # tabs without a session from one address
OF_ALL_STRANGERS = 1_000
OF_ALL = 4_000

OPENED = (300, 5.0)  # new tabs of one address at once, and then a second
SAID = (120, 40.0)  # messages in one tab at once, and then a second; what is faster is cut off

# What Reflex answers besides, and no page of ours asks for. /_event is for websockets alone.
CLOSED = {"ping", "_health", "_event", "_upload", "_all_routes", "auth-codespace"}

_TOKEN = re.compile(r"[0-9A-Za-z-]{16,64}")
_VERSION = re.compile(r"[0-9A-Za-z.+-]{0,32}")
_DONE, _REFUSED, _ODD, _TOO_LARGE = 1000, 1008, 1003, 1009  # RFC 6455, 7.4.1


class Sockets:
    """Wraps the dashboard of one instance."""

    def __init__(self, settings: Settings, dashboard: ASGIApp) -> None:
        self._settings = settings
        self._dashboard = dashboard
        self._opened = Buckets()
        self._open: Counter[object] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a tab until it goes or says what no tab says; let pass what a page asks for."""
        if scope["type"] == "websocket":
            await self._serve(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].split("/")[1] in CLOSED:
            await PlainTextResponse("Not found.", 404)(scope, receive, send)
        else:
            await self._dashboard(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = client_of(scope, self._settings)
        holder = await self._holder(scope, client) if self._is_ours(scope, client) else None
        if holder is None:
            note("a websocket", client)
            await send({"type": "websocket.close", "code": _REFUSED})  # before it is open: HTTP 403
            return
        self._open[holder] += 1
        try:
            await self._dashboard(scope, _listening(receive, send, client), send)
        finally:
            self._open -= Counter((holder,))

    def _is_ours(self, scope: Scope, client: str) -> bool:
        """Tell whether a page of ours may ask like this; whose page, Reflex's engine asks."""
        asked = parse_qs(scope.get("query_string", b"").decode("ascii", "replace"))
        tokens = asked.get("token", [])
        return (
            scope["path"].rstrip("/") == NAMESPACE
            and "origin" in Headers(scope=scope)
            and len(tokens) <= 1
            and all(_TOKEN.fullmatch(token) for token in tokens)
            and all(_VERSION.fullmatch(one) for one in scope.get("subprotocols", []))
            and not self._opened.take(neighbourhood(client), *OPENED)
        )

    async def _holder(self, scope: Scope, client: str) -> object | None:
        """Return whom a new tab counts for; None: there are enough."""
        cookies = Headers(scope=scope).get("cookie")
        session = await session_of(cookies, even_owing=True)
        if self._open.total() >= OF_ALL:
            return None
        if session is not None:
            digest = hash_token(token_in(cookies, self._settings) or "")
            return digest if self._open[digest] < OF_SESSION else None
        strangers = sum(count for one, count in self._open.items() if isinstance(one, str))
        near = neighbourhood(client)
        room = strangers < OF_ALL_STRANGERS and self._open[near] < OF_STRANGERS
        return near if room else None


def _listening(receive: Receive, send: Send, client: str) -> Receive:
    """Return a `receive` that ends where the browser says what no tab says."""
    conversation, said = Conversation(), Buckets()

    async def listen() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        code = _fault(message.get("text"), conversation, said)
        if code is None:
            return message
        if code != _DONE:
            note(f"a message of a websocket ({code})", client)
        await send({"type": "websocket.close", "code": code})
        return {"type": "websocket.disconnect", "code": code}

    return listen


def _fault(text: str | None, conversation: Conversation, said: Buckets) -> int | None:
    """Return the code that a websocket is closed with after this message; None: it goes on."""
    if text is None:
        return _ODD
    if len(text) > LONGEST:
        return _TOO_LARGE
    if text == GOODBYE:
        return _DONE
    return None if not said.take("", *SAID) and conversation.goes_on(text) else _REFUSED
