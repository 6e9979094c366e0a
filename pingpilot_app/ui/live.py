"""Pages that change by themselves while they are open."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager, suppress
from typing import Any, TypeVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.session import Guarded, to_sign_in

T = TypeVar("T")

PAUSE = 0.2  # seconds: at most five pushes a second to a tab
AGAIN = 60.0  # seconds without a change after which session and month are looked at again
_KEPT_MAX = 500

_kept: dict[Hashable, tuple[object, asyncio.Future[Any]]] = {}


async def shared(topic: str, what: Hashable, load: Callable[[], Awaitable[T]]) -> T:
    """Return what `load` gives, asked once for each version of `topic`, however many tabs ask."""
    version = current().bus.version(topic)
    known = _kept.get((topic, what))
    if known is None or known[0] != version or _failed(known[1]):
        if len(_kept) >= _KEPT_MAX:
            _kept.clear()
        known = (version, asyncio.ensure_future(load()))
        _kept[topic, what] = known
    found: T = await asyncio.shield(known[1])
    return found


def _failed(future: asyncio.Future[Any]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


class Live(Guarded, mixin=True):
    """A state that loads itself whenever its account changes, as long as its page is open.

    Reflex cancels `watch` when the page is left or the browser goes, and runs it again when it
    comes back.
    """

    ready: bool = False  # until then the page shows where things will be

    _owner: str = ""  # the account that the vars are of

    async def _load(self, session: SessionView) -> None:
        """Set the vars from the database."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Forget what belonged to the last visit of the page."""

    def _topic(self, session: SessionView) -> str:
        """Return what of the bus wakes this page."""
        return session.account_id

    def _pause(self) -> float:
        """Return how many seconds the page rests between two changes."""
        return PAUSE

    @rx.event(background=True)
    async def watch(self) -> Any:
        """Load now and after every change."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        async with self:
            self._begin()
        async with _woken(self._topic(session)) as wake:
            while await self._loaded():
                await asyncio.sleep(self._pause())
                await _changed(wake)
        return to_sign_in()

    async def _loaded(self) -> bool:
        async with self:
            return await self._show()

    async def _show(self) -> bool:
        """Load what the signed-in account owns; False, and nothing kept, where nobody is."""
        session = await self._session()
        if session is None or self._owner not in ("", session.account_id):
            self.reset()  # type: ignore[no-untyped-call]  # Reflex's, without annotations
        if session is None:
            return False
        self._owner = session.account_id
        await self._load(session)
        self.ready = True
        return True


@asynccontextmanager
async def _woken(topic: str) -> AsyncIterator[asyncio.Event]:
    bus = current().bus
    wake = bus.subscribe(topic)
    try:
        yield wake
    finally:
        bus.unsubscribe(topic, wake)


async def _changed(wake: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), AGAIN)
    wake.clear()
