"""What a page costs who opens it for the first time: bytes, requests, first paint, shifts.

Real Chromium with an empty cache for each opening, the production server, both on this machine.
"""

import json
from dataclasses import dataclass
from statistics import median

import httpx
from playwright.sync_api import Browser, Page

from benchmarks.accept import EVENT
from benchmarks.dashboard import Dashboard, chromium_browser, dashboard

RUNS = 5
EVENTS = 50
WINDOW = {"width": 1440, "height": 900}
REST = 500  # milliseconds after the last of the page's own requests, in which it may still shift
TIMEOUT = 30_000  # milliseconds

# Targets: KiB, milliseconds, and the sum of all layout shifts (https://web.dev/articles/cls).
TRANSFER, PAINT, SHIFT = 350, 500, 0.02

OUTSIDE = ("/", "/login")
INSIDE = (
    "/feed",
    "/overview",
    "/categories/bug",
    "/channels",
    "/keys",
    "/events/{event}",
    "/settings",
    "/quota",
    "/operator",
)

_HEAD = "| page | transfer KiB | requests | websocket KiB | first paint ms | largest ms | shift |"

_OBSERVE = """
window.seen = {shift: 0, largest: 0};
const observe = (type, take) => new PerformanceObserver(
  (list) => list.getEntries().forEach(take)).observe({type, buffered: true});
observe("layout-shift", (entry) => { if (!entry.hadRecentInput) seen.shift += entry.value; });
observe("largest-contentful-paint", (entry) => { seen.largest = entry.startTime; });
"""
_READ = """() => ({
  ...seen, first: performance.getEntriesByName("first-contentful-paint")[0].startTime,
})"""


@dataclass(frozen=True)
class Opened:
    """One opening of a page. `transfer` and `pushed` (over the websocket) are in KiB, `first` and
    `largest` in milliseconds.
    """

    transfer: float
    requests: float
    pushed: float
    first: float
    largest: float
    shift: float


def measure() -> str:
    """Return the table as Markdown, and the targets that are missed."""
    with dashboard() as server, chromium_browser() as browser:
        event = send_events(server, EVENTS)
        paths = [(path, False) for path in OUTSIDE] + [(path, True) for path in INSIDE]
        _open(browser, server, "/login", signed_in=False)  # so that the server is warm
        runs: dict[str, list[Opened]] = {path: [] for path, _ in paths}
        for _ in range(RUNS):
            for path, inside in paths:
                where = path.format(event=event)
                runs[path].append(_open(browser, server, where, signed_in=inside))
    pages = {path: _median(opened) for path, opened in runs.items()}
    return "\n".join(
        [
            _HEAD,
            "|---|---|---|---|---|---|---|",
            *(_row(path, page) for path, page in pages.items()),
            "",
            _verdict(pages),
        ]
    )


def send_events(server: Dashboard, count: int) -> str:
    """Send events as an integration does; return the last one's id once all have arrived."""
    headers = {"Authorization": f"Bearer {server.key}"}
    with httpx.Client(base_url=server.url, headers=headers) as client:
        for number in range(count):
            body = EVENT | {"description": f"{EVENT['description']} {number}"}
            answer = client.post("/api/v1/event", json=body).raise_for_status()
    event: str = json.loads(answer.text)["eventId"]
    return event


def _open(browser: Browser, server: Dashboard, path: str, *, signed_in: bool) -> Opened:
    context = browser.new_context(viewport=WINDOW)  # type: ignore[arg-type]
    context.set_default_timeout(TIMEOUT)
    if signed_in:
        context.add_cookies([server.cookie])
    page = context.new_page()
    page.add_init_script(_OBSERVE)
    sizes, frames = _note_traffic(page)
    page.goto(f"{server.url}{path}")
    _settle(page)
    seen = page.evaluate(_READ)
    context.close()
    return Opened(
        transfer=sum(sizes) / 1024, requests=len(sizes), pushed=sum(frames) / 1024, **seen
    )


def _note_traffic(page: Page) -> tuple[list[float], list[int]]:
    """Return lists that fill with the bytes of each answer, headers included, and of each frame."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Network.enable")
    sizes: list[float] = []
    frames: list[int] = []
    devtools.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda f: frames.append(len(f))))
    return sizes, frames


def _settle(page: Page) -> None:
    """Wait until the page shows what it loads and asks for nothing more."""
    page.wait_for_function("document.querySelector('h1') && !document.querySelector('.skeleton')")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(REST)


def _median(runs: list[Opened]) -> Opened:
    names = ("transfer", "requests", "pushed", "first", "largest", "shift")
    return Opened(*(median(getattr(run, name) for run in runs) for name in names))


def _row(path: str, page: Opened) -> str:
    path = path.format(event="{id}")
    return (
        f"| `{path}` | {page.transfer:.0f} | {page.requests:.0f} | {page.pushed:.1f} "
        f"| {page.first:.0f} | {page.largest:.0f} | {page.shift:.4f} |"
    )


def _verdict(pages: dict[str, Opened]) -> str:
    missed = [
        f"`{path.format(event='{id}')}` {name}"
        for path, page in pages.items()
        for name, value, target in (
            ("transfer", page.transfer, TRANSFER),
            ("first paint", page.first, PAINT),
            ("layout shift", page.shift, SHIFT),
        )
        if value > target
    ]
    goals = f"Targets: ≤ {TRANSFER} KiB, first paint ≤ {PAINT / 1000} s, shift < {SHIFT}"
    return f"{goals}: {'missed by ' + ', '.join(missed) if missed else 'met by all'}."
