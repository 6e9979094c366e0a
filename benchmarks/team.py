"""Three people at one event: from what one does until the other two see it.

Ann, Ben and Vera each have a Chromium of their own at the feed, the event open beside it. One
posts an event, claims, comments, resolves; the time is from the click (or from before the POST)
until a `MutationObserver` finds it in each of the other pages.
"""

import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.dashboard import COPY, UNPACED, chromium_browser
from benchmarks.load import percentile
from pingpilot_app.domain.role import Role
from tests.browser.conftest import send_event
from tests.browser.people import colleague, join, set_up
from tests.browser.server import Server, running_server
from tests.browser.together import Onlooker, onlooker

ROUNDS = 30  # of each kind
TARGET = 300  # milliseconds
ACTS = ("event", "claim", "comment", "resolve")

# A live page rests for up to 0.24 s after each push.
_AT_REST = (0.5, 0.7)  # seconds before an act that finds all pages at rest
_AT_ONCE = (0.0, 0.0)  # the act follows as soon as the one before was seen

Delays = dict[str, list[float]]


def measure() -> str:
    """Return the table as Markdown."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with running_server(COPY, data, **UNPACED) as server, chromium_browser() as browser:
            return _measure(server, browser)


def _measure(server: Server, browser: Browser) -> str:
    ann = join(server, "ann@example.org")
    ben = colleague(server, ann, "ben@example.org", Role.MEMBER)
    vera = colleague(server, ann, "vera@example.org", Role.VIEWER)
    key, team = set_up(server, ann), [onlooker(browser, one) for one in (ann, ben, vera)]
    event_id = send_event(server, key, category="bug").json()["eventId"]
    for one in team:
        one.page.goto(f"{server.url}/feed?event={event_id}")
        one.page.locator("[data-claim=open]").wait_for()
    calm = _rounds(server, key, team, _AT_REST)
    return _table(calm, _rounds(server, key, team, _AT_ONCE))


def _rounds(server: Server, key: str, team: list[Onlooker], pause: tuple[float, float]) -> Delays:
    delays: Delays = defaultdict(list)
    for number in range(ROUNDS):
        _round(server, key, team, pause, delays, f"{pause} {number}")
    return delays


def _round(
    server: Server,
    key: str,
    team: list[Onlooker],
    pause: tuple[float, float],
    delays: Delays,
    said: str,
) -> None:
    ann, ben, vera = team

    def see(
        act: str, others: list[Onlooker], what: tuple[str, str], do: Callable[[], float]
    ) -> None:
        time.sleep(random.uniform(*pause))  # noqa: S311  # no secret
        for one in others:
            one.look_out(*what)
        at = do()
        delays[act] += [one.seen_at - at for one in others]

    def post() -> float:
        at = time.time() * 1_000
        send_event(server, key, category="bug", description=f"event {said}")
        return at

    for one in team:
        one.look_away()
    see("event", team, ("[data-event]", f"event {said}"), post)
    claimed = ("[data-claim=claimed]", ""), lambda: ben.click("I'm on it")
    see("claim", [ann, vera], *claimed)
    talked = (".talk-text", f"comment {said}"), lambda: ann.say(f"comment {said}")
    see("comment", [ben, vera], *talked)
    resolved = ("[data-claim=resolved]", ""), lambda: ben.resolve("Done.")
    see("resolve", [ann, vera], *resolved)
    see("reopen", [ben, vera], ("[data-claim=open]", ""), lambda: ann.click("Reopen"))


def _table(calm: Delays, busy: Delays) -> str:
    worst = max(percentile(delays[act], 99) for delays in (calm, busy) for act in ACTS)
    return "\n".join(
        [
            "| seen by the others | p50 ms | p99 ms | right after another: p50 ms | p99 ms |",
            "|---|---|---|---|---|",
            *[f"| {act} | {_figures(calm[act])} | {_figures(busy[act])} |" for act in ACTS],
            "",
            f"Target: p99 ≤ {TARGET} ms: {'met' if worst <= TARGET else 'missed'}.",
        ]
    )


def _figures(values: list[float]) -> str:
    return f"{percentile(values, 50):.0f} | {percentile(values, 99):.0f}"
