"""The page that strangers see: what PingPilot does, in one screen."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.html import icon, link, plain_link
from pingpilot_app.ui.components.snippet import curl, snippet
from pingpilot_app.ui.components.status import status_mark
from pingpilot_app.ui.template import outside

FIELDS = (("severity", "high"), ("carts", "3"))


def landing_page() -> rx.Component:
    """Lay out the page."""
    return outside(
        rx.el.section(
            rx.el.div(
                rx.el.h1("Your software says what happened. You hear it where you are."),
                rx.el.p(
                    "One HTTP call, and the event is in your Discord, your Telegram and your "
                    "inbox, and live on a dashboard that shows how it got there.",
                    class_name="lead",
                ),
                rx.el.div(
                    link("Sign in", to="/login", class_name="button primary large"),
                    plain_link("Read the API", href="/docs", class_name="button large"),
                    class_name="buttons",
                ),
                rx.el.ul(
                    *[rx.el.li(icon("check", 15), text) for text in _PROMISES],
                    class_name="promises",
                ),
            ),
            rx.el.div(_notification(), snippet(curl()), class_name="landing-show"),
            class_name="landing",
        )
    )


_PROMISES = (
    "Stored on your own server before you get the answer",
    "Retried until the provider has it, or tells why not",
    "The provider's own words for whatever failed",
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
                rx.el.div(
                    rx.el.strong("🐛 Bug", class_name="embed-title"),
                    rx.el.p("Checkout fails for carts over 100 items", class_name="embed-text"),
                    rx.el.dl(
                        *[rx.el.div(rx.el.dt(name), rx.el.dd(value)) for name, value in FIELDS],
                        class_name="embed-fields",
                    ),
                    class_name="embed",
                    style={"border_inline_start_color": "#ff6b6b"},
                ),
            ),
            class_name="discord-message",
        ),
        rx.el.figcaption(
            *[
                rx.el.span(
                    status_mark("DELIVERED"),
                    rx.el.span(channel.label),
                    rx.el.span("DELIVERED", class_name="status-word"),
                    class_name="status",
                    custom_attrs={"data-status": "DELIVERED"},
                )
                for channel in Channel
            ],
            class_name="statuses",
        ),
        class_name="notification discord-window",
    )
