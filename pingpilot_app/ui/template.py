"""What every page has around it: style sheets, scripts, navigation. rxconfig.py has the theme."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, link, plain_link, zone
from pingpilot_app.ui.components.navigation import (
    breadcrumb,
    drawer,
    jump_button,
    navigation,
    opener,
)
from pingpilot_app.ui.components.palette import palette
from pingpilot_app.ui.components.proof_banner import proof_banner
from pingpilot_app.ui.components.shortcuts import shortcuts
from pingpilot_app.ui.components.theme_toggle import theme_toggle
from pingpilot_app.ui.shell import ShellState

# In this order: what comes later overrides, and narrow screens override last.
_STYLES = (
    "tokens base frame palette controls parts events pages previews public "
    "setup feed stats settings operator activity talk team wall narrow"
)
STYLESHEETS = [f"/styles/{name}.css" for name in _STYLES.split()]
_SCRIPTS = (
    "dialogs keyboard palette moments copy reveal theme tabs feed wanted leaving wall "
    "comment mentions"
)
HEAD = [
    rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"),
    rx.el.meta(name="color-scheme", content="light dark"),
    # The two values of --page (assets/styles/tokens.css).
    rx.el.meta(name="theme-color", content="#f8f9fb", media="(prefers-color-scheme: light)"),
    rx.el.meta(name="theme-color", content="#0e1014", media="(prefers-color-scheme: dark)"),
    *[rx.el.script(src=f"/scripts/{name}.js", type="module") for name in _SCRIPTS.split()],
]


def brand(to: str = "/feed") -> rx.Component:
    """Show the mark and the name, leading home."""
    mark = rx.el.img(src="/favicon.svg", alt="", width=24, height=24)
    # Where home is depends on who is signed in: the server knows (gate.py).
    lead = plain_link if to == "/" else link
    target = {"href": to} if to == "/" else {"to": to}
    return lead(mark, rx.el.span("PingPilot"), class_name="brand", **target)


def inside(
    current: str,
    title: Any,
    lead: Any,
    *content: Any,
    action: Any = None,
    trail: Sequence[tuple[Any, str]] = (),
) -> rx.Component:
    """Lay out a page of somebody who is signed in.

    `current` is the page's path in the navigation. A page that lies below others names them in
    `trail`, from the top, each by its label and its path; labels and `title` may be Vars.
    """
    nested = bool(trail)
    return rx.el.div(
        zone(ShellState.time_zone),
        _skip_link(),
        rx.el.aside(brand(), jump_button(), navigation(current, nested), class_name="sidebar"),
        _topbar(),
        rx.el.main(
            proof_banner(),
            breadcrumb(trail, title) if trail else rx.fragment(),
            _head(title, lead, action),
            *content,
            id="content",
            class_name="content",
            tab_index=-1,
        ),
        drawer(brand(), current, nested),
        palette(),
        shortcuts(),
        class_name="shell",
    )


def outside(*content: Any, action: Any = None) -> rx.Component:
    """Lay out a page that is open to everybody."""
    return rx.el.div(
        _skip_link(),
        rx.el.header(
            brand("/"),
            rx.el.div(action or rx.fragment(), theme_toggle(), class_name="public-bar-end"),
            class_name="public-bar",
        ),
        rx.el.main(*content, id="content", class_name="public", tab_index=-1),
        class_name="outside",
    )


def empty(symbol: str, title: str, text: Any, *next_steps: Any) -> rx.Component:
    """Say what will be here, and the next step."""
    return rx.el.section(
        rx.el.div(icon(symbol, 22), class_name="empty-symbol"),
        rx.el.h2(title),
        rx.el.p(text),
        *next_steps,
        class_name="empty",
    )


def _topbar() -> rx.Component:
    return rx.el.div(
        brand(),
        opener("palette", "search", "Search or jump"),
        opener("menu", "menu", "Open the menu"),
        class_name="topbar",
    )


def _head(title: Any, lead: Any, action: Any) -> rx.Component:
    return rx.el.header(
        rx.el.div(rx.el.h1(title, dir="auto"), rx.el.p(lead, class_name="lead")),
        action or rx.fragment(),
        class_name="page-head",
    )


def _skip_link() -> rx.Component:
    return plain_link("Skip to the content", href="#content", class_name="skip-link")
