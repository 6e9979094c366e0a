"""Somebody who opens pages: not signed in, new here, or here every day."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from playwright.sync_api import Browser, Page, Route

from tests.browser.conftest import TIMEOUT, watch
from tests.browser.server import Server

WINDOW = {"width": 1280, "height": 900}
UNKNOWN = "/no/such/page"
LOADED = "() => document.querySelector('h1') && !document.querySelector('.skeleton')"

# What stands for the parts of a route that differ; a route with another part needs a line here.
_PARTS = {"[name]": "bug", "[event_id]": "{event}", "[token]": "x"}


@dataclass
class Visitor:
    """One browser, and what its page did that it should not. `event` is the id of an event, or of
    one that never was.
    """

    page: Page
    server: Server
    event: str = f"evt_{'0' * 26}"
    complaints: list[str] = field(default_factory=list)

    def open(self, route: str) -> Page:
        """Open a page and wait until all of it is there."""
        path = self.path_of(route)
        self.complaints.clear()
        self.page.set_viewport_size(WINDOW)  # type: ignore[arg-type]
        self.page.emulate_media(color_scheme="light")
        self.page.goto(f"{self.server.url}{path}")
        self.page.wait_for_function(LOADED)
        assert urlsplit(self.page.url).path == urlsplit(path).path, "the page led elsewhere"
        return self.page

    def path_of(self, route: str) -> str:
        """Return an address of the route."""
        parts = (_PARTS[part] if part.startswith("[") else part for part in route.split("/"))
        return UNKNOWN if route == "/404" else "/".join(parts).format(event=self.event)

    def use(self, theme: str) -> None:
        """Choose `light` or `dark` for the page that is open."""
        self.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        self.page.wait_for_function(
            "theme => document.documentElement.classList.contains(theme)", arg=theme
        )


def visit(browser: Browser, server: Server, cookies: Sequence[Any] = ()) -> Visitor:
    """Return a visitor with a browser of their own."""
    context = browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(TIMEOUT)
    context.add_cookies(list(cookies))
    visitor = Visitor(context.new_page(), server)
    visitor.page.route(f"{server.url}/setup*", _whatever_the_gate_says)
    watch(visitor.page, server, visitor.complaints)
    return visitor


def _whatever_the_gate_says(route: Route) -> None:
    """Give /setup out: a server that is set up leads to /login instead."""
    path, mark, query = route.request.url.partition("?")
    route.continue_(url=f"{path}/index.html{mark}{query}")


def refuse(server: Server, channel: str, mode: str, times: int = 1) -> None:
    """Let the sandbox refuse the next messages of a channel (pingpilot_app/sandbox/faults.py)."""
    body = {"channel": channel, "mode": mode, "times": times}
    httpx.post(f"{server.sandbox}/fail", json=body).raise_for_status()
