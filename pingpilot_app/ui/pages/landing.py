"""The page that strangers see: what PingPilot does, in one screen."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.html import icon, link, plain_link
from pingpilot_app.ui.components.sign_up_link import sign_up_link
from pingpilot_app.ui.components.snippet import curl, snippet
from pingpilot_app.ui.components.status import status_mark
from pingpilot_app.ui.template import outside

_FIELDS = (("severity", "high"), ("carts", "3"))
_PROMISES = (
    "Stored on your own server before you get the answer",
    "Retried until the provider has it, or tells why not",
    "The provider’s own words for whatever failed",
)


def landing_page() -> rx.Component:
    """Lay out the page."""
    return outside(
        rx.el.section(_words(), _show(), class_name="landing"),
        action=plain_link("API", href="/docs", class_name="quiet"),
    )


def _words() -> rx.Component:
    return rx.el.div(
        rx.el.h1("Your software says what happened. ", rx.el.span("You hear it where you are.")),
        rx.el.p(
            "One HTTP call, and the event is in your Discord, your Telegram and your inbox, "
            "and live on a dashboard that shows how it got there.",
            class_name="lead",
        ),
        rx.el.div(
            link("Sign in", to="/login", class_name="button primary large"),
            sign_up_link(),
            plain_link("Read the API", href="/docs", class_name="button large"),
            class_name="buttons",
        ),
        rx.el.ul(*[rx.el.li(icon("check", 15), text) for text in _PROMISES], class_name="promises"),
        class_name="landing-words",
    )


def _show() -> rx.Component:
    return rx.el.div(
        snippet(curl()),
        rx.el.p("and a moment later", class_name="landing-way"),
        _notification(),
        class_name="landing-show",
    )


def _notification() -> rx.Component:
    return rx.el.figure(
        rx.el.div(
            rx.el.img(src="/favicon.svg", alt="", class_name="discord-avatar"),
            rx.el.div(
                rx.el.div(
                    rx.el.strong("PingPilot"),
                    rx.el.span("APP", class_name="discord-app"),
                    rx.el.span("just now"),
                    class_name="discord-head",
                ),
                _embed(),
            ),
            class_name="discord-message",
        ),
        rx.el.figcaption(
            *[_delivered(channel.label) for channel in Channel], class_name="statuses"
        ),
        class_name="notification discord-window",
    )


def _embed() -> rx.Component:
    return rx.el.div(
        rx.el.strong("🐛 Bug", class_name="embed-title"),
        rx.el.p("Checkout fails for carts over 100 items", class_name="embed-text"),
        rx.el.dl(
            *[rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in _FIELDS],
            class_name="embed-fields",
        ),
        class_name="embed",
        style={"border_inline_start_color": "#ff6b6b"},
    )


def _delivered(label: str) -> rx.Component:
    return rx.el.span(
        status_mark("DELIVERED"),
        rx.el.span(label),
        rx.el.span("DELIVERED", class_name="status-word"),
        class_name="status",
        custom_attrs={"data-status": "DELIVERED"},
    )
