"""The way around, and what of the month is used."""

import reflex as rx

from pingpilot_app.ui.components.html import icon, link, moment, plain_form
from pingpilot_app.ui.components.theme_toggle import theme_toggle
from pingpilot_app.ui.shell import ShellState

PAGES = (
    ("/overview", "layout-dashboard", "Overview"),
    ("/feed", "activity", "Feed"),
    ("/categories", "tags", "Categories"),
    ("/keys", "key-round", "Keys"),
    ("/channels", "send", "Channels"),
    ("/quota", "gauge", "Quota"),
    ("/settings", "settings", "Settings"),
)


def navigation(current: str) -> rx.Component:
    """Show the pages, the quota and who is signed in."""
    return rx.el.div(
        rx.el.nav(
            *[_page(current, *page) for page in PAGES],
            rx.cond(
                ShellState.is_operator,
                rx.fragment(
                    _page(current, "/operator", "server", "Operator"),
                    _page(current, "/sandbox", "flask-conical", "Sandbox"),
                ),
            ),
            aria_label="Pages",
            class_name="nav",
        ),
        rx.el.div(quota_brief(), _person(), class_name="nav-foot"),
        class_name="nav-column",
    )


def drawer(current: str) -> rx.Component:
    """Show the same behind a button, for narrow screens."""
    return rx.dialog.root(
        rx.dialog.trigger(
            rx.el.button(icon("menu", 20), type="button", class_name="quiet square"),
            custom_attrs={"aria-label": "Open the menu"},
        ),
        rx.dialog.content(
            rx.dialog.title("Menu", class_name="sr-only"),
            rx.dialog.description("The pages of PingPilot", class_name="sr-only"),
            rx.dialog.close(
                rx.el.button(
                    icon("x", 20),
                    type="button",
                    class_name="quiet square drawer-close",
                    aria_label="Close the menu",
                )
            ),
            navigation(current),
            class_name="drawer",
        ),
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
            rx.el.div("Resets ", moment(ShellState.reset_at, "date"), class_name="quota-reset"),
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


def _page(current: str, path: str, symbol: str, name: str) -> rx.Component:
    here = {"aria_current": "page"} if path == current else {}
    return link(icon(symbol, 17), rx.el.span(name), to=path, class_name="nav-link", **here)


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
