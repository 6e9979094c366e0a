"""The way around, and what of the month is used."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.account_switch import account_switch
from pingpilot_app.ui.components.html import icon, link, moment, plain_form
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.components.theme_toggle import theme_toggle
from pingpilot_app.ui.shell import ShellState

# Route, icon, name and the key that goes there after a g; groups are set apart by space.
Page = tuple[str, str, str, str]
GROUPS: tuple[tuple[Page, ...], ...] = (
    (
        ("/overview", "layout-dashboard", "Overview", "o"),
        ("/feed", "activity", "Feed", "f"),
        ("/categories", "tags", "Categories", "c"),
    ),
    (
        ("/channels", "send", "Channels", "h"),
        ("/keys", "key-round", "Keys", "k"),
        ("/quota", "gauge", "Quota", "q"),
        ("/team", "users", "Team", "t"),
        ("/activity", "history", "Activity", "a"),
        ("/settings", "settings", "Settings", "s"),
    ),
)
OPERATOR_PAGES: tuple[Page, ...] = (
    ("/operator", "server", "Operator", ""),
    ("/sandbox", "flask-conical", "Sandbox", ""),
)
_RIGHTS = {"/activity": Right.ACTIVITY}  # who may see a page, where not everybody in the account
_BELONGS = {"/events": "/feed"}  # pages that are in no list, and the page they are reached from


def navigation(current: str, nested: bool = False) -> rx.Component:
    """Show the pages, the quota and who is signed in. `nested`: the page lies below `current`."""
    here = _BELONGS.get(current, current)
    mark = "true" if nested or here != current else "page"
    return rx.el.div(
        rx.el.nav(
            *[_group(pages, here, mark) for pages in GROUPS],
            rx.cond(ShellState.is_operator, _group(OPERATOR_PAGES, here, mark)),
            aria_label="Pages",
            class_name="nav",
        ),
        rx.el.div(quota_brief(), account_switch(), _person(), class_name="nav-foot"),
        class_name="nav-column",
    )


def jump_button() -> rx.Component:
    """Show the way to everywhere, with its key."""
    return rx.el.button(
        icon("search", 15),
        rx.el.span("Search or jump…"),
        command_key(),
        type="button",
        class_name="jump",
        aria_haspopup="dialog",
        custom_attrs={"data-opens": "palette", "aria-keyshortcuts": "Meta+K Control+K"},
    )


def command_key() -> rx.Component:
    """Show ⌘K on a Mac, Ctrl K elsewhere."""
    return rx.el.kbd(
        rx.el.span("⌘K", class_name="on-mac"), rx.el.span("Ctrl K", class_name="elsewhere")
    )


def opener(dialog: str, symbol: str, label: str) -> rx.Component:
    """Show a button that opens one of the page's own dialogs (assets/scripts/dialogs.js)."""
    return rx.el.button(
        icon(symbol, 20),
        type="button",
        class_name="quiet square",
        aria_label=label,
        aria_haspopup="dialog",
        custom_attrs={"data-opens": dialog},
    )


def closer(label: str) -> rx.Component:
    """Show a button that closes the dialog it is in."""
    return rx.el.button(
        icon("x", 20),
        type="button",
        class_name="quiet square",
        aria_label=label,
        custom_attrs={"data-closes": ""},
    )


def drawer(brand: rx.Component, current: str, nested: bool = False) -> rx.Component:
    """Show the navigation beside a narrow screen's page, when the menu is asked for."""
    return rx.el.dialog(
        rx.el.div(brand, closer("Close the menu"), class_name="drawer-head"),
        navigation(current, nested),
        id="menu",
        class_name="drawer",
        aria_label="Menu",
    )


def breadcrumb(trail: Sequence[tuple[Any, str]], title: Any) -> rx.Component:
    """Show the pages above this one."""
    return rx.el.nav(
        rx.el.ol(
            *[rx.el.li(link(label, to=path, dir="auto")) for label, path in trail],
            rx.el.li(rx.el.span(title, aria_current="page", dir="auto")),
        ),
        aria_label="Breadcrumb",
        class_name="trail",
    )


def quota_brief() -> rx.Component:
    """Show how much of the month is used; without a limit there is no bar to fill."""
    figures = rx.el.div(
        rx.el.span("Events this month"),
        rx.el.strong(ShellState.quota_text, class_name="figure"),
        class_name="quota-line",
    )
    return rx.cond(
        ShellState.ready,
        link(
            figures,
            rx.cond(ShellState.limit > 0, quota_bar()),
            rx.el.div(
                "Resets ", moment(ShellState.reset_at, "countdown"), class_name="quota-reset"
            ),
            to="/quota",
            class_name="quota-brief",
        ),
        rx.el.div(class_name="skeleton quota-brief-skeleton"),
    )


def quota_bar() -> rx.Component:
    """Show used of limit as a bar."""
    return rx.el.div(
        rx.el.div(style={"width": ShellState.percent_width}),
        role="progressbar",
        aria_label="Events used this month",
        aria_valuemin=0,
        aria_valuemax=ShellState.limit,
        aria_valuenow=ShellState.used,
        class_name=rx.cond(ShellState.percent >= 80, "bar nearly-full", "bar"),
    )


def where_allowed(page: Page, part: rx.Component) -> rx.Component:
    """Show what belongs to a page to those who may see it."""
    right = _RIGHTS.get(page[0])
    return for_those_who_may(right, part) if right else part


def _group(pages: Sequence[Page], here: str, mark: str) -> rx.Component:
    marks = [mark if page[0] == here else "" for page in pages]
    return rx.el.ul(
        *[
            where_allowed(page, rx.el.li(_page(page, mark)))
            for page, mark in zip(pages, marks, strict=True)
        ]
    )


def _page(page: Page, mark: str) -> rx.Component:
    path, symbol, name, key = page
    return link(
        icon(symbol, 17),
        rx.el.span(name),
        to=path,
        class_name="nav-link",
        custom_attrs={"data-go": key} if key else {},
        **({"aria_current": mark} if mark else {}),
    )


def _person() -> rx.Component:
    return rx.el.div(
        rx.el.div(ShellState.email, class_name="person", title=ShellState.email),
        rx.el.div(
            theme_toggle(),
            plain_form(
                rx.el.button(icon("log-out", 15), "Sign out", type="submit", class_name="quiet"),
                action="/auth/logout",
                method="post",
            ),
            class_name="person-row",
        ),
    )
