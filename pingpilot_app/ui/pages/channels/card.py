"""The card of one channel: its state in words, the steps of its set-up, and its last day."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.channel import channel_icon
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.components.status import outage_note
from pingpilot_app.ui.pages.channels.state import ChannelsState
from pingpilot_app.ui.shell import ShellState

# What the operator of an instance sets for each provider.
SETTINGS = {
    Channel.DISCORD: ("DISCORD_BOT_TOKEN",),
    Channel.TELEGRAM: ("TELEGRAM_BOT_TOKEN", "TELEGRAM_BOT_USERNAME"),
    Channel.EMAIL: ("SMTP_HOST", "SMTP_USERNAME", "SMTP_PASSWORD"),
}


def channel_card(channel: Channel, *steps: Any) -> rx.Component:
    """Lay out one channel; `steps` are those of its set-up (steps.py)."""
    card = ChannelsState.cards[channel.value]
    return rx.el.section(
        _head(channel, card),
        rx.cond(card.sandboxed, _sandbox_label()),
        rx.cond(card.trouble != "", _trouble(card)),
        rx.cond(card.outage.since != "", _outage(card)),
        rx.cond(
            card.state == "absent",
            _absent(channel, card),
            rx.fragment(
                rx.cond(
                    may(Right.CHANNELS), rx.el.ol(*steps, class_name="setup"), _goes_to(channel)
                ),
                _health(channel),
            ),
        ),
        class_name="card channel",
        id=f"channel-{channel.value}",
        aria_labelledby=f"{channel.value}-title",
        custom_attrs={"data-state": card.state},
    )


def _head(channel: Channel, card: Any) -> rx.Component:
    return rx.el.header(
        rx.el.span(channel_icon(channel.label, 18), class_name="channel-symbol"),
        rx.el.div(
            rx.el.h2(channel.label, id=f"{channel.value}-title"),
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
        rx.cond(may(Right.CHANNELS), _switch(channel, card), _on_or_off(card)),
        class_name="channel-head",
    )


def _switch(channel: Channel, card: Any) -> rx.Component:
    return rx.el.label(
        _on_or_off(card),
        rx.switch(
            checked=card.enabled,
            on_change=lambda on: ChannelsState.switch(channel.value, on),
            custom_attrs={"aria-label": f"Send events by {channel.label}"},
        ),
        class_name="switch",
    )


def _on_or_off(card: Any) -> rx.Component:
    return rx.el.span(rx.cond(card.enabled, "On", "Off"), class_name="switch-word")


def _goes_to(channel: Channel) -> rx.Component:
    """Show where it goes, to those who look."""
    card, at = ChannelsState.cards[channel.value], "@" if channel is Channel.TELEGRAM else ""
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
