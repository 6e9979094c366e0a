"""Pages that change by themselves while they are open."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from random import uniform
from typing import Any, ClassVar, TypeVar

import reflex as rx
from reflex.event import EventSpec

from pingpilot_app.delivery.instance import current
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.browser_acts import go_away
from pingpilot_app.ui.session import Guarded, to_sign_in

T = TypeVar("T")

SPREAD = 1.2  # times as long at the most: see `_rest`
PAUSE = 0.2  # seconds: at most five pushes a second to a tab
SPACE = 0.05  # seconds between two looks at the same thing, however fast it changes
AGAIN = 60.0  # seconds without a change after which session and month are looked at again
RETRY = 2.0  # seconds after which it is looked again where a look failed
_KEPT_MAX = 500

logger = logging.getLogger(__name__)


class _Look:
    """What one look found, or will. `version` is the topic's as it began, None before."""

    def __init__(self, topic: str, load: Callable[[], Awaitable[Any]], at: float) -> None:
        self.version: object = None
        self.at = at  # on the clock that only goes forward
        self.found = asyncio.ensure_future(self._run(topic, load))

    def serves(self, version: object) -> bool:
        """Tell whether it shows `version`: it does too where it has not begun yet."""
        return self.version in (None, version) and not _failed(self.found)

    async def _run(self, topic: str, load: Callable[[], Awaitable[Any]]) -> Any:
        await asyncio.sleep(self.at - time.monotonic())
        self.version = current().bus.version(topic)
        return await load()


_kept: dict[Hashable, _Look] = {}


async def shared(topic: str, what: Hashable, load: Callable[[], Awaitable[T]]) -> T:
    """Return what `load` gives, asked once for each version of `topic`, however many tabs ask.

    While the topic changes faster than every `SPACE` seconds, one look serves several versions;
    what is returned is never older than the call.
    """
    known = _kept.get((topic, what))
    if known is None or not known.serves(current().bus.version(topic)):
        if len(_kept) >= _KEPT_MAX:
            _kept.clear()
        at = time.monotonic() if known is None else max(time.monotonic(), known.at + SPACE)
        known = _kept[topic, what] = _Look(topic, load, at)
    found: T = await asyncio.shield(known.found)
    return found


def _failed(future: asyncio.Future[Any]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)


class Live(Guarded, mixin=True):
    """A state that loads itself whenever its account changes, as long as its page is open.

    Reflex cancels `watch` when the page is left or the browser goes, and runs it again when it
    comes back.
    """

    again: ClassVar[float] = AGAIN  # seconds after which it loads again though nothing changed

    ready: bool = False  # until then the page shows where things will be
    stale: bool = False  # the last look failed: what is shown may be old; it looks again soon

    _owner: str = ""  # the account that the vars are of, and the role they were loaded for

    async def _load(self, session: SessionView) -> None:
        """Set the vars from the database."""
        raise NotImplementedError

    def _begin(self) -> None:
        """Forget what belonged to the last visit of the page."""

    def _is_over(self) -> bool:
        """Tell whether nothing that the page shows can change any more."""
        return False

    def _topic(self, session: SessionView) -> str:
        """Return what of the bus wakes this page."""
        return session.account_id

    def _pause(self) -> float:
        """Return how many seconds the page rests between two changes."""
        return PAUSE

    def _while_open(self, session: SessionView) -> AbstractContextManager[None]:  # noqa: ARG002
        """Return what is entered as long as the page is open, besides the watch itself."""
        return nullcontext()

    @rx.event(background=True)
    async def watch(self) -> Any:
        """Load now and after every change."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        async with self:
            self._begin()
        with self._while_open(session):
            return await self._go_on(session)

    async def _go_on(self, session: SessionView) -> EventSpec:
        """Load at every change; return where the browser goes when its session is another."""
        async with _woken(self._topic(session), session.user_id) as wake:
            began = time.monotonic()
            while await self._loaded():
                if self._turned_from(session.account_id):
                    return go_away(_place(self.router.url.path))
                if self._is_over():
                    await self._signed_out(session)
                    continue
                await _rest(began, self._pause())
                await _changed(wake, RETRY if self.stale else self.again)
                began = time.monotonic()
        return to_sign_in()

    def _turned_from(self, account_id: str) -> bool:
        """Tell whether the browser turned to another account meanwhile."""
        return self._owner.partition(" ")[0] not in ("", account_id)

    async def _signed_out(self, before: SessionView) -> None:
        """Wait until this browser is signed out, or turns to another account.

        Nothing else changes what the page shows.
        """
        async with _woken(before.user_id) as wake:
            while (session := await self._session()) is not None:
                if session.account_id != before.account_id:
                    return
                await _changed(wake, self.again)

    async def _loaded(self) -> bool:
        async with self:
            try:
                return await self._show()
            except Exception:  # a page that is open all day outlives a database that is not there
                logger.exception("%s could not be loaded", type(self).__name__)
                self.stale = True
                return True

    async def _show(self) -> bool:
        """Load what the signed-in account owns; False, and nothing kept, where nobody is."""
        session = await self._session()
        owner = f"{session.account_id} {session.role}" if session else ""
        if session is None or self._owner not in ("", owner):
            self.reset()  # type: ignore[no-untyped-call]  # Reflex's, without annotations
        if session is None:
            return False
        self._owner = owner
        await self._load(session)
        self._put(ready=True, stale=False)
        return True

    def _put(self, **values: Any) -> None:
        """Set those vars that differ: each one that is set travels to the browser."""
        for name, value in values.items():
            if self.get_value(name) != value:
                setattr(self, name, value)


def _place(path: str) -> str:
    """Return the page to load in another account: what a page below it is about is not there."""
    first = path.strip("/").partition("/")[0]
    return "/feed" if first in ("", "events") else f"/{first}"


@asynccontextmanager
async def _woken(*topics: str) -> AsyncIterator[asyncio.Event]:
    bus, wake = current().bus, asyncio.Event()
    for topic in topics:
        bus.subscribe(topic, wake)
    try:
        yield wake
    finally:
        for topic in topics:
            bus.unsubscribe(topic, wake)


async def _rest(began: float, pause: float) -> None:
    """Wait until `pause` after `began`, and not all tabs equally long.

    Tabs that an event has woken together would go on together, all waiting for the last.
    """
    spread = uniform(1.0, SPREAD)  # noqa: S311  # spreads load, keeps no secret
    await asyncio.sleep(max(0.0, began + pause * spread - time.monotonic()))


async def _changed(wake: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(wake.wait(), seconds)
    wake.clear()
