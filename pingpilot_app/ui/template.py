"""What every page has around it: style sheet, navigation. rxconfig.py has the theme."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, link, plain_link
from pingpilot_app.ui.components.navigation import drawer, navigation
from pingpilot_app.ui.components.theme_toggle import theme_toggle

# In this order: what comes later overrides, and narrow screens override last.
_STYLES = (
    "tokens base frame palette controls parts events pages previews public "
    "setup feed stats settings operator narrow"
)
STYLESHEETS = [f"/styles/{name}.css" for name in _STYLES.split()]
HEAD = [
    rx.el.link(rel="icon", type="image/svg+xml", href="/favicon.svg"),
    rx.el.meta(name="color-scheme", content="light dark"),
    rx.el.script(src="/pingpilot.js", defer=True),
    rx.el.script(src="/scripts/feed.js", defer=True),
]


def brand(to: str = "/feed") -> rx.Component:
    """Show the mark and the name, leading home."""
    mark = rx.el.img(src="/favicon.svg", alt="")
    return link(mark, rx.el.span("PingPilot"), to=to, class_name="brand")


def inside(current: str, title: str, lead: str, *content: Any, action: Any = None) -> rx.Component:
    """Lay out a page of somebody who is signed in. `current` is its path."""
    head = rx.el.header(
        rx.el.div(rx.el.h1(title), rx.el.p(lead, class_name="lead")),
        action or rx.fragment(),
        class_name="page-head",
    )
    return rx.el.div(
        _skip_link(),
        rx.el.aside(brand(), navigation(current), class_name="sidebar"),
        rx.el.div(brand(), drawer(current), class_name="topbar"),
        rx.el.main(head, *content, id="content", class_name="content", tab_index=-1),
        class_name="shell",
    )


def outside(*content: Any) -> rx.Component:
    """Lay out a page that is open to everybody."""
    return rx.el.div(
        _skip_link(),
        rx.el.header(brand("/"), theme_toggle(), class_name="public-bar"),
        rx.el.main(*content, id="content", class_name="public", tab_index=-1),
        class_name="outside",
    )


def empty(symbol: str, title: str, text: str, *next_steps: Any) -> rx.Component:
    """Say what will be here, and the next step."""
    return rx.el.section(
        rx.el.div(icon(symbol, 22), class_name="empty-symbol"),
        rx.el.h2(title),
        rx.el.p(text),
        *next_steps,
        class_name="empty",
    )


def _skip_link() -> rx.Component:
    return plain_link("Skip to the content", href="#content", class_name="skip-link")
