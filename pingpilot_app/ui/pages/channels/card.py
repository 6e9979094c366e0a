"""The card of one channel: its state in words, and the next step."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import icon, link, moment, plain_link
from pingpilot_app.ui.components.status import outage_note
from pingpilot_app.ui.pages.channels.state import ChannelsState

ICONS = {Channel.DISCORD: "message-circle", Channel.TELEGRAM: "send", Channel.EMAIL: "mail"}


def channel_card(channel: Channel, address_form: rx.Component, *steps: Any) -> rx.Component:
    """Lay out one channel. `steps` is what is shown while the address is not verified."""
    card = ChannelsState.cards[channel.value]
    editing = ChannelsState.editing == channel.value
    return rx.el.section(
        _head(channel, card),
        rx.cond(card.sandboxed, _sandbox_label()),
        rx.cond(card.trouble != "", _trouble(channel, card)),
        rx.cond(card.outage.since != "", _outage(card)),
        rx.cond(
            card.state == "absent",
            rx.el.p("The operator of this PingPilot has not set it up.", class_name="hint"),
            rx.cond(
                editing | (card.state == "unset"),
                address_form,
                rx.cond(
                    (card.state == "ready") | (card.state == "broken"),
                    _ready(channel, card),
                    rx.fragment(*steps),
                ),
            ),
        ),
        _came_back(channel),
        class_name="card channel",
        id=f"channel-{channel.value}",
        custom_attrs={"data-state": card.state},
    )


def address_form(channel: Channel, label: str, button: str, on_submit: Any, **props: Any) -> Any:
    """Ask for the address."""
    return rx.el.form(
        rx.el.input(type="hidden", name="channel", value=channel.value),
        field(label, "address", id=f"address-{channel.value}", required=True, **props),
        rx.el.div(
            rx.el.button(button, type="submit", class_name="button primary"),
            rx.cond(
                ChannelsState.editing == channel.value,
                rx.el.button(
                    "Cancel", type="button", on_click=ChannelsState.edit(""), class_name="button"
                ),
            ),
            class_name="buttons",
        ),
        on_submit=on_submit,
        class_name="form",
    )


def code_form(channel: Channel, where: str) -> rx.Component:
    """Ask for the code that was sent."""
    card = ChannelsState.cards[channel.value]
    return rx.fragment(
        _address(channel, card),
        rx.el.form(
            rx.el.input(type="hidden", name="channel", value=channel.value),
            field(
                "Code",
                "code",
                id=f"code-{channel.value}",
                hint=where,
                input_mode="numeric",
                auto_complete="one-time-code",
                pattern=" *[0-9]{6} *",
                title="The six digits of the message",
                placeholder="123456",
                required=True,
                class_name="code-input",
            ),
            rx.el.div(
                rx.el.button("Verify", type="submit", class_name="button primary"),
                rx.el.button(
                    "Send a new code",
                    type="button",
                    on_click=ChannelsState.send_code(
                        {"channel": channel.value, "address": card.label}
                    ),
                    class_name="button",
                ),
                class_name="buttons",
            ),
            on_submit=ChannelsState.confirm,
            reset_on_submit=True,
            class_name="form",
        ),
    )


def _head(channel: Channel, card: Any) -> rx.Component:
    return rx.el.header(
        rx.el.span(icon(ICONS[channel], 18), class_name="channel-symbol"),
        rx.el.div(
            rx.el.h2(channel.label),
            rx.el.p(
                rx.match(
                    card.state,
                    ("ready", icon("circle-check", 14)),
                    ("broken", icon("circle-x", 14)),
                    ("unverified", icon("circle-dashed", 14)),
                    icon("circle", 14),
                ),
                rx.el.span(card.words),
                rx.cond(card.enabled, rx.fragment(), rx.el.span(", switched off")),
                class_name="channel-state",
            ),
        ),
        rx.el.label(
            rx.el.span(rx.cond(card.enabled, "On", "Off"), class_name="switch-word"),
            rx.switch(
                checked=card.enabled,
                on_change=lambda on: ChannelsState.switch(channel.value, on),
                custom_attrs={"aria-label": f"Send events by {channel.label}"},
            ),
            class_name="switch",
        ),
        class_name="channel-head",
    )


def _sandbox_label() -> rx.Component:
    return rx.el.p(
        icon("flask-conical", 14),
        rx.el.span(
            "Sandbox: nothing leaves this machine. ",
            link("See what arrived", to="/sandbox"),
        ),
        class_name="sandbox-label",
    )


def _trouble(channel: Channel, card: Any) -> rx.Component:
    wrong = ChannelsState.wrong
    return rx.el.div(
        rx.el.p(
            "Since ",
            moment(card.trouble_at, "exact"),
            ": ",
            rx.el.q(card.trouble),
            class_name="words",
        ),
        # A test that was refused says what to do, too.
        rx.cond(
            wrong.contains(channel.value) & (wrong[channel.value] != ""),
            rx.fragment(),
            rx.el.p(card.advice),
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


def _address(channel: Channel, card: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(rx.cond(channel is Channel.TELEGRAM, "@", ""), card.label, class_name="address"),
        rx.el.button(
            "Change",
            type="button",
            on_click=ChannelsState.edit(channel.value),
            class_name="button small",
            aria_label=f"Change the {channel.label} address",
        ),
        class_name="address-row",
    )


def _ready(channel: Channel, card: Any) -> rx.Component:
    return rx.fragment(
        _address(channel, card),
        rx.el.div(
            rx.el.button(
                "Send test",
                type="button",
                on_click=ChannelsState.send_test(channel.value),
                class_name=rx.cond(card.state == "broken", "button primary", "button"),
            ),
            class_name="buttons",
        ),
    )


def waiting_for_start() -> rx.Component:
    """Lead to Telegram, and turn to linked by itself once start was pressed."""
    card = ChannelsState.cards["telegram"]
    return rx.fragment(
        _address(Channel.TELEGRAM, card),
        rx.cond(ChannelsState.link != "", _start_link(card), _new_link(card)),
    )


def _start_link(card: Any) -> rx.Component:
    return rx.fragment(
        rx.cond(
            card.sandboxed,
            rx.el.button(
                f"Press Start as @{card.label} in the sandbox",
                type="button",
                on_click=ChannelsState.press_start,
                class_name="button primary",
            ),
            plain_link(
                "Open Telegram and press Start",
                href=ChannelsState.link,
                target="_blank",
                rel="noreferrer",
                class_name="button primary",
            ),
        ),
        rx.el.p(
            rx.el.span(class_name="listening-dot"),
            "Waiting for Start. The link works for 10 minutes.",
            class_name="listening",
        ),
        rx.el.p(rx.el.code(ChannelsState.link, class_name="start-link"), class_name="hint"),
    )


def _new_link(card: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            "Make a new link",
            type="button",
            on_click=ChannelsState.begin_link({"address": card.label}),
            class_name="button primary",
        ),
        class_name="buttons",
    )


def _came_back(channel: Channel) -> rx.Component:
    said, wrong = ChannelsState.said, ChannelsState.wrong
    name = channel.value
    return rx.el.div(
        rx.cond(
            said.contains(name) & (said[name] != ""),
            rx.el.p(icon("check", 15), said[name], class_name="good"),
        ),
        rx.cond(
            wrong.contains(name) & (wrong[name] != ""),
            rx.el.p(icon("triangle-alert", 15), wrong[name], class_name="error"),
        ),
        role="status",
    )
