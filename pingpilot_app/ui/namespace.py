"""Reflex's end of the websockets, for whom a state belongs to a browser and not to who asks.

A tab chooses its token, and Reflex gives whoever brings a token all that its state shows. Tokens
are no secret: they stand in the address of the websocket, and in the tab's storage after signing
out. So a state is filed under the token together with the session that it was made for, and one
that was made for nobody under the socket itself.
"""

import asyncio
import hmac
import secrets
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlencode

import reflex as rx
from reflex.app import EventNamespace
from reflex.event import Event
from reflex.istate.manager.token import BaseStateToken
from reflex.state import StateUpdate

from pingpilot_app.delivery.burst import Buckets
from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.ui.access import endpoint_of
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.frames import LONGEST, event_in
from pingpilot_app.ui.guard import Guard, note
from pingpilot_app.ui.session import owes, session_of, token_in
from pingpilot_app.ui.throttle import Allowance

KEPT = 20  # states that wait for their tab to come back, of one session
OWNERS = 1_000  # sessions whose states wait
BACKLOG = 1_000  # messages that a tab may leave unread before it is cut off
RETRY = 1.0  # seconds after which a state is looked at again that was in use

OF_SESSION = (500, 40.0)  # events of all its tabs at once, and then a second
OF_CLIENT = (2_000, 200.0)  # the same, of one address

_NOBODY = ""


class Namespace(EventNamespace):
    """Takes events from browsers, and gives each its own states."""

    def __init__(self, namespace: str, app: rx.App) -> None:
        super().__init__(namespace, app)
        self._secret = secrets.token_bytes(32)
        self._tokens: dict[str, str] = {}  # what each socket called itself
        self._owners: dict[str, str] = {}  # whose the state of each socket is
        self._left: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()
        self._of_session, self._of_client = Buckets(), Buckets()
        self._told = Allowance(1, 10)

    async def on_connect(self, sid: str, environ: dict[str, Any], auth: Any = None) -> bool | None:
        """Let a tab in, to the state of its token and its session. False: it named no token."""
        tokens = parse_qs(environ["QUERY_STRING"]).get("token")
        if not tokens:
            return False
        self._tokens[sid] = tokens[0]
        self._owners[sid] = await self._owner(environ.get("HTTP_COOKIE")) or _NOBODY
        query = urlencode({"token": self._filed(sid)})
        await super().on_connect(sid, {**environ, "QUERY_STRING": query}, auth)
        return None

    async def on_event(self, sid: str, data: Any = None) -> None:
        """Take an event that a page of ours could send, unless there were too many."""
        event, from_ = event_in(data), self._static_router_data.get(sid)
        if from_ is None:  # it has left
            return
        endpoint = endpoint_of(event["name"]) if event else None
        if event is None or endpoint is None or endpoint.goes_on:
            note("an event that no page sends", from_["ip"])
            return
        if await self._has_turn(sid, from_):
            await self._follow(sid, from_["headers"].get("cookie"))
            if sid in self.sid_to_token:  # not gone in the meantime
                await super().on_event(sid, event)

    async def on_ping(self, sid: str, _data: object = None) -> None:
        """Answer."""
        await super().on_ping(sid)

    def on_disconnect(self, sid: str, *_reason: object) -> asyncio.Task[None] | None:
        """Let a tab go, and keep its state for a while where it is somebody's."""
        filed, owner = self.sid_to_token.get(sid), self._owners.pop(sid, _NOBODY)
        self._tokens.pop(sid, None)
        task: asyncio.Task[None] | None = super().on_disconnect(sid)
        if filed is not None and task is not None:
            task.add_done_callback(lambda _: self._leave(filed, owner))
        return task

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Send; a tab that reads nothing is cut off before its unread updates fill the memory."""
        socket = self._socket(token)
        if socket is not None and socket.queue.qsize() > BACKLOG:
            note("to wait for a tab that reads nothing", "its websocket")
            await socket.close(wait=False, abort=True)
            return
        await super().emit_update(update, token)

    def _socket(self, token: str) -> Any:
        found = self._token_manager.token_to_socket.get(token)
        manager = self.server.manager
        engine = manager.eio_sid_from_sid(found.sid, self.namespace) if found else None
        return self.server.eio.sockets.get(engine)

    async def _owner(self, cookies: str | None) -> str | None:
        """Return a name for the session and its rights, which tells nobody anything.

        None: it is not known whose, the database cannot be asked.
        """
        try:
            session = await session_of(cookies, even_owing=True)
        except Unavailable:
            return None
        if session is None:
            return _NOBODY
        digest = hash_token(token_in(cookies, current().settings) or "")
        whole = digest + f"{session.user_id} {session.is_operator} {owes(session)}".encode()
        return hmac.new(self._secret, whole, "sha256").hexdigest()[:32]

    def _filed(self, sid: str) -> str:
        return f"{self._tokens[sid]}-{self._owners[sid] or sid}"

    async def _follow(self, sid: str, cookies: str | None) -> None:
        """Give the tab a new state where its session is over, or is another now."""
        owner = await self._owner(cookies)
        before = self.sid_to_token.get(sid)
        if before is None or owner is None or owner == self._owners.get(sid):
            return
        self._owners[sid] = owner
        self.app.event_processor._on_disconnect(before)
        await self._token_manager.disconnect_token(before, sid)
        self._forget(before)
        await self.link_token_to_sid(sid, self._filed(sid), update_state=False)

    async def _has_turn(self, sid: str, from_: Mapping[str, Any]) -> bool:
        owner = self._owners.get(sid) or sid
        wait = self._of_client.take(neighbourhood(from_["ip"]), *OF_CLIENT)
        if not wait and not self._of_session.take(owner, *OF_SESSION):
            return True
        note("events that came too fast", from_["ip"])
        await self._say_too_fast(sid)
        return False

    async def _say_too_fast(self, sid: str) -> None:
        token = self.sid_to_token.get(sid)
        if token is not None and self._told.take(sid):
            told = toast.error("That was a lot at once. Wait a moment, then try again.")
            await self.emit_update(StateUpdate(events=Event.from_event_type(told)), token)

    def _leave(self, filed: str, owner: str) -> None:
        if owner == _NOBODY:
            self._forget(filed)
            return
        left = self._left.setdefault(owner, OrderedDict())
        left[filed] = None
        left.move_to_end(filed)
        if len(left) > KEPT:
            self._forget(left.popitem(last=False)[0])
        self._left.move_to_end(owner)
        if len(self._left) > OWNERS:
            for one in self._left.popitem(last=False)[1]:
                self._forget(one)

    def _forget(self, filed: str) -> None:
        """Drop a state that no tab has open, once nothing uses it."""
        if filed in self._token_manager.token_to_socket:
            return
        manager: Any = self.app.state_manager
        lock = manager._states_locks.get(filed)
        if lock is not None and lock.locked():
            asyncio.get_running_loop().call_later(RETRY, self._forget, filed)
            return
        manager._purge_token(BaseStateToken(ident=filed, cls=self.app._state))


def stand_guard(app: rx.App) -> None:
    """Put our namespace in the place of Reflex's, and the guard before every event."""
    app.add_middleware(Guard(), 0)
    if app.event_namespace is not None and app.sio is not None:  # always, once the app has states
        app._event_namespace = Namespace(app.event_namespace.namespace, app)
        app.sio.register_namespace(app._event_namespace)
        app.sio.eio.max_http_buffer_size = LONGEST  # which browsers are told
