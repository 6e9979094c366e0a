"""From `POST /api/v1/event` to the row in an open feed: one quiet tab, then a hundred busy ones.

Of the hundred, two are real Chromium tabs; the others (tabs.py) run in a process of their own. All
moments are read from the system's clock, which the browser's `performance.timeOrigin` follows.
"""

import asyncio
import json
import random
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from statistics import mean
from typing import Any

from playwright.async_api import Browser, Page, WebSocket, async_playwright
from reflex.constants import Reflex

from benchmarks.accept import EVENT
from benchmarks.dashboard import Dashboard, dashboard
from benchmarks.load import Sample, exchange, percentile, request_bytes
from benchmarks.tabs import Tabs
from tests.browser.conftest import ARGS, chromium

QUIET_EVENTS = 100
TABS = 100
REAL = 2  # of the tabs
RATE = 20  # events a second
SECONDS = 30.0
SHOWN = 50  # rows of the feed
CONNECTIONS = 4

QUIET_P50, BUSY_P99 = 50, 300  # the targets, in milliseconds

# A live page rests for 0.2 s after each push, and an event's way to the providers pushes too.
_QUIET = (0.7, 0.9)  # seconds between two events that find the page at rest

_WATCH = """() => {
  window.seenAt = {};
  const look = () => {
    const now = (performance.timeOrigin + performance.now()) / 1000;
    for (const row of document.querySelectorAll("[data-event]")) seenAt[row.dataset.event] ??= now;
  };
  new MutationObserver(look).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["data-event"],
  });
}"""
_SEEN = "ids => ids.every((id) => id in seenAt)"
_ROWS = "() => [...document.querySelectorAll('[data-event]')].map((row) => row.dataset.event)"


@dataclass
class Posted(Sample):
    """What was posted: just before that, in seconds since 1970, by the event's id; in order."""

    at: dict[str, float] = field(default_factory=dict)

    def delays(self, seen: dict[str, float]) -> list[float]:
        """Return the milliseconds until each event was seen; what never was is left out."""
        return [(seen[id_] - at) * 1000 for id_, at in self.at.items() if id_ in seen]


@dataclass
class RealTab:
    """A page in Chromium, and what it sent over its websocket."""

    page: Page
    socket: str = ""
    said: list[str] = field(default_factory=list)

    async def seen(self) -> dict[str, float]:
        """Return when each row came into the page."""
        seen: dict[str, float] = await self.page.evaluate("seenAt")
        return seen


def measure() -> str:
    """Return both tables as Markdown."""
    with dashboard() as server:
        return asyncio.run(_measure(server))


async def _measure(server: Dashboard) -> str:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        await _post_steadily(server, RATE, 1.0)  # a feed without events has no rows to wait for
        quiet = await _quiet(server, browser)
        busy = await _busy(server, browser)
        await browser.close()
    return f"{quiet}\n\n{busy}"


async def _quiet(server: Dashboard, browser: Browser) -> str:
    tab = await _open(server, browser)
    posted = Posted()
    connection = await asyncio.open_connection("127.0.0.1", server.port)
    for _ in range(QUIET_EVENTS):
        await asyncio.sleep(random.uniform(*_QUIET))  # noqa: S311  # no secret
        await _post(server, connection, posted)
    await tab.page.wait_for_function(_SEEN, arg=list(posted.at))
    delays = posted.delays(await tab.seen())
    await tab.page.context.close()
    connection[1].close()
    p50 = percentile(delays, 50)
    return "\n".join(
        [
            f"| one tab, {len(delays)} events one at a time | p50 ms | p99 ms |",
            "|---|---|---|",
            _line("POST → 200", posted.latencies),
            _line("POST → row in Chromium", delays),
            "",
            f"Target: p50 ≤ {QUIET_P50} ms: {_met(p50, QUIET_P50)}.",
        ]
    )


async def _busy(server: Dashboard, browser: Browser) -> str:
    real = [await _open(server, browser) for _ in range(REAL)]
    headers = await _headers(server, real[0])
    tabs = Tabs(real[0].socket, Reflex.VERSION, headers, real[0].said, TABS - REAL)
    async with _raw_tabs(tabs) as process:
        posted = await _post_steadily(server, RATE, SECONDS)
        expected = sorted(posted.at)[: -SHOWN - 1 : -1]
        await _all_shown(real, expected)
        raw = await _ask(process, expected)
    seen = [await tab.seen() for tab in real]
    shown = [await tab.page.evaluate(_ROWS) for tab in real] + [tab["rows"] for tab in raw]
    for tab in real:
        await tab.page.context.close()
    wrong = sum(rows != expected for rows in shown)
    return "\n".join(
        [
            *_busy_table(posted, seen, [tab["at"] for tab in raw]),
            _traffic(posted, raw),
            _unseen(posted, [*seen, *(tab["at"] for tab in raw)]),
            f"At the end {TABS - wrong} of {TABS} tabs show the newest {SHOWN} events, each once.",
        ]
    )


async def _open(server: Dashboard, browser: Browser) -> RealTab:
    """Open the feed and watch its rows."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    await context.add_cookies([server.cookie])
    tab = RealTab(await context.new_page())

    def listen(socket: WebSocket) -> None:
        tab.socket = socket.url
        socket.on("framesent", lambda said: _note(tab, said))

    tab.page.on("websocket", listen)
    await tab.page.goto(f"{server.url}/feed")
    await tab.page.locator("[data-event]").first.wait_for()
    await tab.page.evaluate(_WATCH)
    return tab


def _note(tab: RealTab, said: str | bytes) -> None:
    if isinstance(said, str) and said != "3":  # the answer to a ping
        tab.said.append(said)


async def _headers(server: Dashboard, tab: RealTab) -> list[tuple[str, str]]:
    """Return what a browser sends along when it opens the websocket."""
    agent = await tab.page.evaluate("navigator.userAgent")
    cookie = f"{server.cookie['name']}={server.cookie['value']}"
    return [("Origin", server.url), ("Cookie", cookie), ("User-Agent", agent)]


@asynccontextmanager
async def _raw_tabs(tabs: Tabs) -> AsyncIterator[Process]:
    """Run the tabs without a browser, from when all are open until the block ends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.tabs", stdin=PIPE, stdout=PIPE, limit=1 << 28
    )
    try:
        await _ask(process, asdict(tabs), "open")
        yield process
        await process.wait()
    finally:
        if process.returncode is None:
            process.kill()


async def _ask(process: Process, asked: object, expected: str | None = None) -> Any:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    answer = (await process.stdout.readline()).decode().strip()
    assert answer, "the tabs without a browser ended early"
    if expected is None:
        return json.loads(answer)
    assert answer == expected, answer
    return None


async def _post_steadily(server: Dashboard, rate: int, seconds: float) -> Posted:
    """Post `rate` events a second, however the server does."""
    posted = Posted(seconds=seconds)
    free: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", server.port))
    start = time.perf_counter()

    async def post(number: int) -> None:
        await asyncio.sleep(start + number / rate - time.perf_counter())
        connection = await free.get()
        await _post(server, connection, posted)
        free.put_nowait(connection)

    await asyncio.gather(*(post(number) for number in range(int(rate * seconds))))
    while not free.empty():
        free.get_nowait()[1].close()
    return posted


async def _post(
    server: Dashboard,
    connection: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    posted: Posted,
) -> None:
    request = request_bytes(server.port, "/api/v1/event", json.dumps(EVENT).encode(), server.key)
    at = time.time()
    answer = await exchange(*connection, request, posted, time.perf_counter())
    posted.at[json.loads(answer)["eventId"]] = at


async def _all_shown(tabs: list[RealTab], expected: list[str]) -> None:
    """Wait until the real tabs show these rows; where one never does, the table says so."""
    shows = f"ids => JSON.stringify(({_ROWS})()) === JSON.stringify(ids)"
    waiting = [tab.page.wait_for_function(shows, arg=expected) for tab in tabs]
    await asyncio.gather(*waiting, return_exceptions=True)


def _line(name: str, values: list[float]) -> str:
    return f"| {name} | {percentile(values, 50):.1f} | {percentile(values, 99):.1f} |"


def _busy_table(
    posted: Posted, real: list[dict[str, float]], raw: list[dict[str, float]]
) -> list[str]:
    in_chromium = [delay for seen in real for delay in posted.delays(seen)]
    in_others = [delay for seen in raw for delay in posted.delays(seen)]
    p99 = percentile(in_chromium, 99), percentile(in_others, 99)
    verdicts = f"{_met(p99[0], BUSY_P99)} in Chromium, {_met(p99[1], BUSY_P99)} in the others"
    return [
        f"| {TABS} tabs, {RATE} events/s for {SECONDS:.0f} s | p50 ms | p99 ms |",
        "|---|---|---|",
        _line("POST → 200", posted.latencies),
        _line(f"POST → row in Chromium, {len(real)} tabs", in_chromium),
        _line(f"POST → delta received, {len(raw)} tabs", in_others),
        "",
        f"Target: p99 ≤ {BUSY_P99} ms: {verdicts}.",
    ]


def _traffic(posted: Posted, raw: list[Any]) -> str:
    """Say what the tabs without a browser received."""
    deltas, size = mean(tab["deltas"] for tab in raw), mean(tab["bytes"] for tab in raw)
    seconds = max(tab["until"] for tab in raw) - min(posted.at.values())
    return (
        f"A tab received {deltas / seconds:.1f} deltas a second of {size / deltas / 1024:.1f} KiB "
        f"on average, {size / seconds / 1024:.0f} KiB a second."
    )


def _unseen(posted: Posted, seen: list[dict[str, float]]) -> str:
    """Say how many events some tab never had a row of: more than fit came at once."""
    missed = sum(id_ not in one for one in seen for id_ in posted.at)
    return f"Of {len(posted.at)} events times {len(seen)} tabs, {missed} were never seen."


def _met(value: float, target: float) -> str:
    return "met" if value <= target else "missed"
