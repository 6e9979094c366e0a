"""The set-up of Telegram: a link that the owner opens, and Start."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.html import moment, plain_link
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.pages.channels.state import ChannelsState
from pingpilot_app.ui.pages.channels.steps import (
    address_step,
    came_back,
    how,
    proof_step,
    trial_step,
    way,
)


def telegram_steps() -> tuple[rx.Component, ...]:
    """Lead from the username to a test that arrived."""
    return (
        address_step(
            Channel.TELEGRAM,
            "Enter your username",
            how(
                rx.fragment("In Telegram, open ", way("Settings", "Username"), "."),
                "Copy it from there, or choose one if there is none yet.",
            ),
            label="Your Telegram username",
            button="Make the link",
            on_submit=ChannelsState.begin_link,
            hint="Only this account can use the link that comes next.",
            placeholder="@ada_lovelace",
            auto_complete="off",
            custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
        ),
        proof_step(
            Channel.TELEGRAM,
            "Open the bot and press Start",
            rx.cond(ChannelsState.link != "", _start(), _new_link()),
            came_back(Channel.TELEGRAM),
        ),
        trial_step(Channel.TELEGRAM),
    )


def _start() -> rx.Component:
    card = ChannelsState.cards["telegram"]
    return rx.fragment(
        rx.el.p("Bots may only write to who pressed Start. Open this link, here or by phone:"),
        rx.el.div(
            rx.el.img(
                src=ChannelsState.qr,
                alt="QR code of the link below: scan it with your phone's camera",
                width="148",
                height="148",
                class_name="qr",
            ),
            rx.el.div(_open(card), _link(), class_name="start-ways"),
            class_name="start-open",
        ),
        rx.el.p(
            rx.el.span(class_name="listening-dot"),
            rx.el.span(
                "Waiting for you to press Start… The link works until ",
                moment(ChannelsState.link_until, "time"),
                ".",
            ),
            class_name="listening",
        ),
    )


def _open(card: Any) -> rx.Component:
    return rx.cond(
        card.sandboxed,
        rx.el.button(
            f"Press Start as @{card.label} in the sandbox",
            type="button",
            on_click=ChannelsState.press_start,
            class_name="button primary",
        ),
        plain_link(
            "Open Telegram",
            href=ChannelsState.link,
            target="_blank",
            rel="noreferrer",
            class_name="button primary",
        ),
    )


def _link() -> rx.Component:
    link = ChannelsState.link
    return rx.el.div(
        plain_link(link, href=link, target="_blank", rel="noreferrer"),
        copy_button(link, "Copy the link"),
        class_name="start-address",
    )


def _new_link() -> rx.Component:
    return rx.el.div(
        rx.el.p("The link is gone: it works for ten minutes, and once.", class_name="hint"),
        rx.el.button(
            "Make a new link",
            type="button",
            on_click=ChannelsState.begin_link({"address": ChannelsState.cards["telegram"].label}),
            class_name="button primary",
        ),
        class_name="new-link",
    )
