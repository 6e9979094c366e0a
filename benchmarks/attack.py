"""What an attack over the websocket costs those who do nothing wrong, and what the guard costs.

The server, the attack and the well-behaved ones run in a process each; they share the machine's
cores, so the figures during the attack are rather too high than too low.
"""

import asyncio
import gc
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Coroutine
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import reflex as rx
from reflex.event import Event

from benchmarks.dashboard import signed_in
from benchmarks.server import prepare
from pingpilot_app import settings as settings_module
from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.ui.guard import Guard
from pingpilot_app.ui.pages.feed import FeedState
from tests.browser.server import ROOT, running_backend
from tests.security.desk import full_name
from tests.security.tab import RefusedError, tab

COPY = ROOT / ".pytest_cache" / "d" / "sockets"
TIMES = 200
ATTACKERS = 10
CALLS = 20_000
STATES = 100

Ask = Callable[[], Awaitable[object]]
Attack = Callable[[str], Coroutine[Any, Any, None]]


def measure() -> str:
    """Return two tables: others' latency without and during attacks, and the guard's own cost."""
    return asyncio.run(_measure())


async def _measure() -> str:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        (key,) = prepare(data)
        cookie = signed_in(data)
        guard = await _guard(data, f"{cookie['name']}={cookie['value']}")
        with running_backend(COPY, data) as server:
            rows = [
                await _row(server.url, key, "nothing", None),
                await _row(server.url, key, "1,000 messages a second", _flood),
                await _row(server.url, key, "messages of 1 MB", _swell),
            ]
    head = "| attack from ten sockets | a tab's echo ms | `GET /quota` ms |\n|---|---|---|\n"
    return (
        f"{head}{''.join(rows)}\n| | |\n|---|---|\n"
        f"| the guard, an event | {guard:.0f} µs |\n"
        f"| memory of an open tab before its page has loaded | {_state_size() / 1024:.0f} KiB |"
    )


async def _row(url: str, key: str, name: str, attack: Attack | None) -> str:
    attacker = get_context("spawn").Process(target=_attack, args=(attack, url), daemon=True)
    attacker.start()
    headers = {"Authorization": f"Bearer {key}"}
    async with tab(url) as quiet, httpx.AsyncClient(base_url=url, headers=headers) as client:
        quiet.connect()
        echo = await _median(lambda: _slowly(quiet.echoes))
        quota = await _median(lambda: _slowly(lambda: client.get("/api/v1/quota")))
    attacker.terminate()
    attacker.join()
    return f"| {name} | {echo:.1f} | {quota:.1f} |\n"


async def _slowly(ask: Ask) -> float:
    await asyncio.sleep(0.03)  # as fast as one tab may
    began = time.perf_counter()
    await ask()
    return time.perf_counter() - began


async def _median(ask: Callable[[], Awaitable[float]]) -> float:
    return median([await ask() for _ in range(TIMES)]) * 1_000


def _attack(attack: Attack | None, url: str) -> None:
    if attack is not None:
        asyncio.run(_all_at_once(attack, url))


async def _all_at_once(attack: Attack, url: str) -> None:
    await asyncio.gather(*(_forever(attack, url) for _ in range(ATTACKERS)))


async def _forever(attack: Attack, url: str) -> None:
    while True:
        try:
            await attack(url)
        except (RefusedError, ConnectionError, TimeoutError):
            await asyncio.sleep(0.1)


async def _flood(url: str) -> None:
    async with tab(url) as one:
        one.connect()
        while not one.over.is_set():
            for _ in range(10):
                one.call(full_name(FeedState, "search"), {"text": "x"})
            await asyncio.sleep(0.01)


async def _swell(url: str) -> None:
    async with tab(url) as one:
        one.connect()
        one.say("x" * 1_000_000)
        await one.hung_up()


async def _guard(data: Path, cookie: str) -> float:
    """Return the microseconds that the guard takes for an event of somebody signed in."""
    instance = Instance(
        settings_module.load(_env_file=None, data_dir=data, pingpilot_role="api", sandbox="off")
    )
    await instance.start()
    set_current(instance)
    guard = Guard()
    state = rx.State(_reflex_internal_init=True)  # type: ignore[call-arg]
    place = {"headers": {"cookie": cookie}, "pathname": "/", "asPath": "/"}
    state.router_data = state._update_router_vars(place, {})
    event = Event(name=full_name(FeedState, "search"), payload={"text": "timeout"})
    began = time.perf_counter()
    for _ in range(CALLS):
        assert await guard.preprocess(app=rx.State, state=state, event=event) is None  # type: ignore[arg-type]
    took = time.perf_counter() - began
    set_current(None)
    await instance.stop()
    return took / CALLS * 1_000_000


def _state_size() -> float:
    gc.collect()
    tracemalloc.start()
    states = [rx.State(_reflex_internal_init=True) for _ in range(STATES)]  # type: ignore[call-arg]
    for state in states:
        state.dict()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / STATES
