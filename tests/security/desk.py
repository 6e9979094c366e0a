"""Events as the socket brings them, through Reflex's processor and the guard, without a socket."""

import asyncio
import inspect
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import reflex as rx
from reflex.app_mixins.middleware import MiddlewareMixin
from reflex.event import Event, EventHandler
from reflex.istate.manager.memory import StateManagerMemory
from reflex.istate.manager.token import BaseStateToken
from reflex.state import StateUpdate
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.utils.format import format_event_handler, json_dumps

import pingpilot_app.ui
from pingpilot_app.ui.guard import Guard

UI = Path(pingpilot_app.ui.__file__).parent

State = type[rx.State]


@dataclass
class Wire:
    """Where Reflex sends what a browser would be told."""

    told: list[StateUpdate] = field(default_factory=list)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    async def emit_update(self, update: StateUpdate, token: str) -> None:
        """Keep what would be sent."""
        assert token
        self.told.append(update)
        self.news.set()


class Desk:
    """Takes events from browsers that are made up."""

    def __init__(self, processor: BaseStateEventProcessor, manager: Any, wire: Wire) -> None:
        self._processor = processor
        self._manager = manager
        self._wire = wire

    async def call(
        self,
        kind: State,
        name: str,
        payload: Any,
        cookie: str = "",
        *,
        given: Mapping[str, Any] | None = None,
        path: str = "/",
    ) -> str:
        """Call a handler in a new tab at `path` and return all that it is told, as JSON.

        `given` are vars that the tab's state has before. Raises what the handler raises.
        """
        token, place = str(uuid4()), {"pathname": path, "asPath": path}
        headers = {"cookie": cookie, "origin": "http://test", "host": "test"}
        there = {**place, "headers": headers, "ip": "192.0.2.7", "token": token}
        async with self._manager.modify_state(BaseStateToken(ident=token, cls=rx.State)) as root:
            root.router_data = root._update_router_vars(there, {})
            state = await root.get_state(kind)
            for var, value in (given or {}).items():
                setattr(state, var, value)
            root._clean()
        self._wire.told.clear()
        event = Event(name=full_name(kind, name), payload=payload, router_data=there)
        future = await self._processor.enqueue(token, event)
        async with asyncio.timeout(10):
            await future.wait_all()
        return self.told

    @property
    def told(self) -> str:
        """Return what the newest tab was told so far, as JSON."""
        return "\n".join(json_dumps(update) for update in self._wire.told)

    async def hears(self, text: str) -> str:
        """Wait until the newest tab was told `text`, and return all that it was told."""
        async with asyncio.timeout(10):
            while text not in self.told:
                self._wire.news.clear()
                await self._wire.news.wait()
        return self.told


@asynccontextmanager
async def open_desk() -> AsyncIterator[Desk]:
    """Process events as the app does, except that errors come out."""
    app, wire = MiddlewareMixin(), Wire()
    manager = StateManagerMemory()  # type: ignore[abstract]
    app.add_middleware(Guard())
    processor = BaseStateEventProcessor(middleware=app)
    processor.configure(state_manager=manager, event_namespace=wire)  # type: ignore[arg-type]
    async with processor:
        yield Desk(processor, manager, wire)
    await manager.close()  # type: ignore[no-untyped-call]


def full_name(kind: State, name: str) -> str:
    """Return what the socket calls a handler."""
    return str(format_event_handler(kind.event_handlers[name]))


def all_handlers() -> list[tuple[State, str]]:
    """Return every handler of the dashboard's states: public methods, inherited ones, mixins'."""
    known: list[Any] = list(rx.State.get_substates())
    ours = [state for state in known if state.__module__.startswith("pingpilot_app.ui.")]
    ours.sort(key=lambda state: state.__name__)
    return [(state, name) for state in ours for name in sorted(state.event_handlers)]


def parameters_of(kind: State, name: str) -> dict[str, Any]:
    """Return a handler's arguments with their types."""
    handler: EventHandler = kind.event_handlers[name]
    hints = handler._type_hints or {}
    return {one: hints.get(one) for one in list(inspect.signature(handler.fn).parameters)[1:]}


def fitting(annotation: Any, text: str) -> Any:
    """Return an argument of the annotated type that says `text` wherever it can."""
    if annotation is str:
        return text
    if annotation is bool:
        return True
    if annotation is int:
        return 1
    return [text, text] if getattr(annotation, "__origin__", None) is list else form_of(text)


@cache
def _fields() -> tuple[set[str], set[str]]:
    source = "\n".join(path.read_text() for path in UI.rglob("*.py"))
    texts = re.findall(r'entered\(\w+, "([\w:]+)"', source)
    ticks = re.findall(r'is_ticked\(\w+, "([\w:]+)"', source)
    return set(texts), set(ticks)


def form_of(text: str) -> dict[str, Any]:
    """Return a form that has every field the dashboard reads."""
    texts, ticks = _fields()
    return dict.fromkeys(texts, text) | dict.fromkeys(ticks, True)
