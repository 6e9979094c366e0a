"""The card of one channel: its state in words, the steps of its set-up, and its last day."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.channel import channel_icon
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.components.status import outage_note
from pingpilot_app.ui.pages.channels.setup_discord import discord_steps
from pingpilot_app.ui.pages.channels.setup_email import email_steps
from pingpilot_app.ui.pages.channels.setup_telegram import telegram_steps
from pingpilot_app.ui.pages.channels.state import ChannelsState
from pingpilot_app.ui.pages.channels.steps import DeskOf
from pingpilot_app.ui.shell import ShellState

# What the operator of an instance sets for each provider.
SETTINGS = {
    Channel.DISCORD: ("DISCORD_BOT_TOKEN",),
    Channel.TELEGRAM: ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_USERNAME"),
    Channel.EMAIL: ("SMTP_HOST", "SMTP_USERNAME", "SMTP_PASSWORD"),
}


def channel_cards(desk: DeskOf) -> rx.Component:
    """Lay out the three channels of a desk: the account's, or one's own."""
    return rx.el.div(
        _channel_card(desk, Channel.DISCORD, *discord_steps(desk)),
        _channel_card(desk, Channel.TELEGRAM, *telegram_steps(desk)),
        _channel_card(desk, Channel.EMAIL, *email_steps(desk)),
        class_name="channels",
    )


def cards_to_come() -> rx.Component:
    """Show where the cards will be."""
    return rx.el.div(
        *[rx.el.div(class_name="skeleton skeleton-card") for _ in Channel],
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="channels",
        aria_busy=True,
    )


def _channel_card(desk: DeskOf, channel: Channel, *steps: Any) -> rx.Component:
    """Lay out one channel; `steps` are those of its set-up (steps.py)."""
    card = desk.cards[channel.value]
    health = rx.fragment() if desk.own else _health(channel)
    return rx.el.section(
        _head(desk, channel, card),
        rx.cond(card.sandboxed, _sandbox_label()),
        rx.cond(card.trouble != "", _trouble(card)),
        rx.cond(card.outage.since != "", _outage(card)),
        rx.cond(
            card.state == "absent",
            _absent_own(channel) if desk.own else _absent(channel, card),
            rx.fragment(
                rx.cond(
                    may(desk.right), rx.el.ol(*steps, class_name="setup"), _goes_to(card, channel)
                ),
                health,
            ),
        ),
        class_name="card channel",
        id=f"{desk.prefix}channel-{channel.value}",
        aria_labelledby=f"{desk.prefix}{channel.value}-title",
        custom_attrs={"data-state": card.state},
    )


def _head(desk: DeskOf, channel: Channel, card: Any) -> rx.Component:
    return rx.el.header(
        rx.el.span(channel_icon(channel.label, 18), class_name="channel-symbol"),
        rx.el.div(
            rx.el.h2(channel.label, id=f"{desk.prefix}{channel.value}-title"),
            rx.el.p(
                rx.match(
                    card.state,
                    ("ready", icon("circle-check", 14)),
                    ("broken", icon("circle-x", 14)),
                    ("unverified", icon("circle-dashed", 14)),
                    icon("circle", 14),
                ),
                rx.el.span(card.words, rx.cond(card.enabled, "", ", switched off")),
                class_name="channel-state",
            ),
        ),
        rx.cond(may(desk.right), _switch(desk, channel, card), _on_or_off(card)),
        class_name="channel-head",
    )


def _switch(desk: DeskOf, channel: Channel, card: Any) -> rx.Component:
    sends = "Send me copies" if desk.own else "Send events"
    return rx.el.label(
        _on_or_off(card),
        rx.switch(
            checked=card.enabled,
            on_change=lambda on: desk.switch(channel.value, on),
            custom_attrs={"aria-label": f"{sends} by {channel.label}"},
        ),
        class_name="switch",
    )


def _on_or_off(card: Any) -> rx.Component:
    return rx.el.span(rx.cond(card.enabled, "On", "Off"), class_name="switch-word")


def _goes_to(card: Any, channel: Channel) -> rx.Component:
    """Show where it goes, to those who look."""
    at = "@" if channel is Channel.TELEGRAM else ""
    return rx.el.dl(
        _known(
            "Goes to",
            rx.cond(
                card.label != "",
                rx.el.span(at, card.label, class_name="address"),
                "Nowhere yet",
            ),
        ),
        rx.cond(card.verified_at != "", _known("Verified", moment(card.verified_at, "date"))),
        class_name="goes-to",
    )


def _known(label: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label, class_name="fact-label"), rx.el.dd(value))


def _sandbox_label() -> rx.Component:
    return rx.el.p(
        icon("flask-conical", 14),
        rx.el.span(
            "Sandbox: nothing leaves this machine. ",
            rx.cond(ShellState.is_operator, link("See what arrived", to="/sandbox")),
        ),
        class_name="sandbox-label",
    )


def _absent(channel: Channel, card: Any) -> rx.Component:
    name = channel.label if channel is not Channel.EMAIL else "email"
    names = [rx.el.li(rx.el.code(name)) for name in SETTINGS[channel]]
    return rx.el.div(
        rx.el.p(f"The operator of this PingPilot has not set {name} up yet."),
        rx.el.p("What the operator has to set, in ", rx.el.code(".env"), ", before a restart:"),
        rx.el.ul(*names, class_name="settings-names"),
        rx.cond(
            card.enabled,
            rx.el.p(
                rx.cond(
                    card.verified_at != "",
                    rx.el.strong("While it is on, what should go there waits. "),
                    rx.el.strong("While it is on, every event is refused. "),
                ),
                rx.cond(may(Right.CHANNELS), "Switch it off until then.", ""),
                class_name="words",
            ),
        ),
        class_name="absent",
    )


def _absent_own(channel: Channel) -> rx.Component:
    name = channel.label if channel is not Channel.EMAIL else "email"
    return rx.el.div(
        rx.el.p(f"The operator of this PingPilot has not set {name} up yet."), class_name="absent"
    )


def _trouble(card: Any) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "Since ",
            moment(card.trouble_at, "exact"),
            ": ",
            rx.el.q(card.trouble),
            class_name="words",
        ),
        rx.el.p(card.advice),
        rx.cond(
            card.mend,
            rx.fragment(
                rx.el.h3("How to mend it"),
                rx.el.ol(rx.foreach(card.mend, rx.el.li), class_name="mend"),
            ),
        ),
        rx.el.p("Nothing is sent there until a test arrives.", class_name="hint"),
        class_name="trouble",
    )


def _outage(card: Any) -> rx.Component:
    return rx.el.div(
        outage_note(card.outage),
        rx.el.p(
            "The next try is at ",
            rx.el.strong(moment(card.outage.retry_at, "time")),
            " (",
            moment(card.outage.retry_at),
            "). Events wait; nothing is lost.",
        ),
        class_name="wait",
    )


def _health(channel: Channel) -> rx.Component:
    health = ChannelsState.health[channel.value]
    return rx.el.div(
        rx.cond(
            health.any,
            rx.el.dl(
                _figure("Delivered", health.delivered),
                _figure("Failed", health.failed),
                _figure("Median", health.median),
                class_name="health-figures",
            ),
        ),
        rx.el.p(health.sentence, class_name="hint"),
        class_name="health",
    )


def _figure(label: str, value: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(label, class_name="fact-label"), rx.el.dd(value, class_name="figure"))
