"""Who is signed in, told by the cookie of the request or of the websocket's handshake.

The cookie is HttpOnly; the database keeps its hash alone. Every event handler asks again, since
each of them is a public endpoint: hiding a button protects nothing.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import reflex as rx
from reflex.event import EventSpec

from pingpilot_app.delivery.instance import Instance, current
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.role import Right
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.settings import Settings
from pingpilot_app.storage.sessions import SEEN_EVERY, SessionView, find_session, mark_seen
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import go_away

__all__ = [
    "KEPT",
    "Guarded",
    "cookie_in",
    "cookie_name",
    "demanded_of",
    "device_name",
    "forget",
    "forget_user",
    "hash_token",
    "idle_limit",
    "new_token",
    "owes",
    "session_of",
    "to_sign_in",
    "token_in",
]

KEPT = 1.0  # seconds that a session is believed without asking the database
_KEPT_MAX = 10_000

_looking: dict[tuple[bytes, object], asyncio.Future[SessionView | None]] = {}
_found: dict[bytes, tuple[float, object, SessionView]] = {}
_endings = 0  # how often sessions were ended here


def cookie_name(settings: Settings) -> str:
    """Return the cookie's name; browsers take `__Host-` over HTTPS alone, for this host alone."""
    return "__Host-pingpilot" if settings.secure_cookies else "pingpilot"


def device_name(settings: Settings) -> str:
    """Return the name of the cookie that a browser is known by the next time it signs in."""
    return f"{cookie_name(settings)}-device"


def idle_limit(settings: Settings) -> timedelta:
    """Return after how long without anybody there a browser is signed out."""
    return timedelta(days=settings.session_idle_days)


def cookie_in(cookies: object, wanted: str) -> str | None:
    """Return the value of a cookie in a `Cookie` header."""
    if not isinstance(cookies, str):
        return None
    for part in cookies.split(";"):
        name, _, value = part.strip().partition("=")
        if name == wanted and value:
            return value
    return None


def token_in(cookies: object, settings: Settings) -> str | None:
    """Return the session token in a `Cookie` header."""
    return cookie_in(cookies, cookie_name(settings))


async def session_of(cookies: object, *, even_owing: bool = False) -> SessionView | None:
    """Return the session that a `Cookie` header belongs to, at most `KEPT` seconds old.

    One that owes a second factor is none, except where `even_owing` is asked for: the set-up.
    """
    session = await _session_of(cookies)
    return session if session is None or even_owing or not owes(session) else None


def owes(session: SessionView) -> bool:
    """Tell whether SECOND_FACTOR demands a second factor of somebody who has none."""
    return not session.has_second_factor and demanded_of(session)


def demanded_of(session: SessionView) -> bool:
    """Tell whether SECOND_FACTOR demands a second factor of somebody."""
    return current().settings.second_factor.binds(is_operator=session.is_operator)


async def _session_of(cookies: object) -> SessionView | None:
    instance = current()
    token = token_in(cookies, instance.settings)
    if token is None:
        return None
    digest, epoch = hash_token(token), instance.bus.epoch  # another: a process has written
    at, then, session = _found.get(digest, (0.0, None, None))
    if session is not None and then == epoch and time.monotonic() - at < KEPT:
        return session
    key = (digest, (epoch, _endings))  # a look that began before sessions ended may be wrong
    looking = _looking.get(key)
    if looking is None:  # many tabs of one browser ask at once, and one look answers them all
        looking = _looking[key] = asyncio.ensure_future(_look(instance, digest))
        looking.add_done_callback(lambda _: _looking.pop(key, None))
    return await asyncio.shield(looking)


async def _look(instance: Instance, digest: bytes) -> SessionView | None:
    now, epoch, endings = datetime.now(UTC), instance.bus.epoch, _endings
    idle = idle_limit(instance.settings)
    session = await instance.database.read(find_session, digest, now, idle)
    _drop(digest)
    if session is not None:
        if endings == _endings:
            _found[digest] = (time.monotonic(), epoch, session)
        await _note_seen(instance, digest, session, now)
    return session


async def _note_seen(
    instance: Instance, digest: bytes, session: SessionView, now: datetime
) -> None:
    """Write down that the browser is there, once in some minutes; trouble with that is none."""
    if session.last_seen_at is None or now - session.last_seen_at >= SEEN_EVERY:
        with suppress(Unavailable):
            await instance.writer.run(None, mark_seen, digest, now)


def forget(digest: bytes) -> None:
    """Believe this session no longer: it has ended, or may have."""
    global _endings
    _endings += 1
    _drop(digest)


def _drop(digest: bytes) -> None:
    if len(_found) >= _KEPT_MAX:
        _found.clear()
    _found.pop(digest, None)


def forget_user(user_id: str) -> None:
    """Believe none of this user's sessions any longer: some have ended, or say something new.

    Their open pages look again at once, and leave where they are signed out.
    """
    global _endings
    _endings += 1
    for digest in [one for one, (_, _, found) in _found.items() if found.user_id == user_id]:
        del _found[digest]
    current().bus.publish(user_id)


class Guarded(rx.State, mixin=True):
    """A state whose handlers know who calls them.

    `access` says who may, and `access_to` of handlers that differ from it: the guard (guard.py)
    refuses everybody else before a handler runs, and everybody where a state does not say it.
    A state that changes something says which right that takes: this one is to look alone.
    """

    access: ClassVar[Needed] = Right.LOOK
    access_to: ClassVar[Mapping[str, Needed]] = {}

    async def _session(self) -> SessionView | None:
        """Return who is signed in in this browser. Without, a handler does nothing."""
        setting_up = self.access is Access.SETTING_UP
        session = await session_of(self.router.headers.cookie, even_owing=setting_up)
        return replace(session, client=self.router.session.client_ip) if session else None


def to_sign_in() -> EventSpec:
    """Return the event that leads to the sign-in page, and lets go of all that this page shows.

    Who is signed in and owes a second factor is led on from there (gate.py).
    """
    return go_away("/login")
