"""The API at a real port in a thread of this process, and a watch on what it answers."""

import asyncio
import json
import re
import threading
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

import jsonschema_rs
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from benchmarks.ports import free_ports
from pingpilot_app.api.app import create_api
from pingpilot_app.api.connection import LimitedConnection
from pingpilot_app.delivery.instance import Instance

R = TypeVar("R")

CALLS = {"get", "post", "put", "patch", "delete"}


@dataclass
class Watch:
    """Holds every answer against the document; `seen` is what was answered to which call."""

    document: dict[str, Any]
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)  # statuses from 500 that a test asked for

    @property
    def documented(self) -> set[tuple[str, str, str]]:
        """Return every status of every call."""
        return {
            (method, path, status)
            for path, calls in self.document["paths"].items()
            for method, call in calls.items()
            for status in call["responses"]
        }

    def answered(self, method: str, path: str, answer: "Answer") -> None:
        """Note an answer, and what is wrong with it."""
        template = self._template(path)
        call = self.document["paths"].get(template, {}).get(method.lower())
        what = f"{method} {path[:80]}: {answer.status} {answer.body[:300]!r}"
        if answer.status >= 500 and answer.status not in self.expected:
            self.faults.append(f"a fault of ours: {what}")
        if call is None:
            if path.startswith("/api") and answer.status not in (400, 404, 405, 414, 431):
                self.faults.append(f"not documented, and answered: {what}")
            return
        self.seen.add((method.lower(), template, str(answer.status)))
        described = call["responses"].get(str(answer.status))
        if described is None:
            self.faults.append(f"an undocumented status: {what}")
        else:
            self.faults += [f"{problem}: {what}" for problem in self._problems(described, answer)]

    def _template(self, path: str) -> str:
        """Return the described path that fits, the one without parameters first."""
        fitting = [
            template
            for template in self.document["paths"]
            if re.fullmatch(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)), path, re.DOTALL)
        ]
        return min(fitting, key=lambda template: template.count("{"), default=path)

    def _problems(self, described: dict[str, Any], answer: "Answer") -> Iterator[str]:
        kind = next(iter(described.get("content", {})), "application/json")
        if answer.headers.get("content-type") != kind:
            yield f"not declared as {kind}"
        for name, header in described.get("headers", {}).items():
            value = answer.headers.get(name.lower())
            if value is None and header.get("required"):
                yield f"without {name}"
            elif value is not None and not self._fits(header["schema"], value):
                yield f"with another {name}"
        schema = described.get("content", {}).get("application/json", {}).get("schema")
        if schema is not None and not self._fits(schema, json.loads(answer.body)):
            yield "not of the documented form"

    def _fits(self, schema: dict[str, Any], value: object) -> bool:
        whole = schema | {"components": self.document["components"]}
        return bool(jsonschema_rs.is_valid(whole, value))


@dataclass
class Answer:
    """What was answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def watched(app: ASGIApp, watch: Watch) -> ASGIApp:
    """Return an app whose answers are watched, whoever asked."""

    async def asked(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        answer = Answer()
        ended = False

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal ended
            if ended:
                return
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                answer.headers = {k.decode(): v.decode() for k, v in message["headers"]}
            else:
                answer.body += message.get("body", b"")
                if answer.headers.get("content-type") == "text/event-stream":
                    message = message | {"more_body": False}  # its first part is all we look at
                ended = not message.get("more_body")
                if ended and scope["method"] != "HEAD":
                    watch.answered(scope["method"], scope["path"], answer)
            await send(message)

        await app(scope, receive, note)

    return asked


@dataclass
class LiveApi:
    """A running API: its address, its instance, the watch, and the loop to reach it in."""

    url: str
    instance: Instance
    watch: Watch
    loop: asyncio.AbstractEventLoop

    def run(self, act: Callable[[], Awaitable[R]]) -> R:
        """Run a coroutine in the server's loop and return what it returns."""

        async def acting() -> R:
            return await act()

        return asyncio.run_coroutine_threadsafe(acting(), self.loop).result(30)


@contextmanager
def live_api(make_instance: Callable[[], Instance]) -> Iterator[LiveApi]:
    """Serve an instance's API as `api` does, until left."""
    started = threading.Event()
    made: list[LiveApi | BaseException] = []
    stop: list[Callable[[], None]] = []

    async def serve() -> None:
        instance = make_instance()
        await instance.start()
        app = create_api(instance)
        watch = Watch(app.openapi())
        port = free_ports()
        server = uvicorn.Server(
            uvicorn.Config(
                watched(app, watch),
                port=port,
                http=LimitedConnection,
                ws="none",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
            )
        )
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        loop = asyncio.get_running_loop()
        serving = loop.create_task(server.serve())
        while not server.started:  # noqa: ASYNC110  # uvicorn tells it by this alone
            await asyncio.sleep(0.01)
        stop.append(lambda: setattr(server, "should_exit", True))
        made.append(LiveApi(f"http://127.0.0.1:{port}", instance, watch, loop))
        started.set()
        await serving
        await instance.stop()

    def main() -> None:
        try:
            asyncio.run(serve())
        except BaseException as exc:
            made.append(exc)
            started.set()
            raise

    thread = threading.Thread(target=main, name="live-api")
    thread.start()
    started.wait(30)
    found = made[0]
    if isinstance(found, BaseException):
        raise found
    try:
        yield found
    finally:
        stop[0]()
        thread.join(30)
