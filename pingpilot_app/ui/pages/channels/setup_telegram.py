"""The set-up of Telegram: a link that the owner opens, and Start."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.html import moment, plain_link
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.pages.channels.steps import (
    DeskOf,
    address_step,
    came_back,
    how,
    proof_step,
    trial_step,
    way,
)


def telegram_steps(desk: DeskOf) -> tuple[rx.Component, ...]:
    """Lead from the username to a test that arrived."""
    return (
        address_step(
            desk,
            Channel.TELEGRAM,
            "Enter your username",
            how(
                rx.fragment("In Telegram, open ", way("Settings", "Username"), "."),
                "Copy it from there, or choose one if there is none yet.",
            ),
            label="Your Telegram username",
            button="Make the link",
            on_submit=desk.begin_link,
            hint="Only this account can use the link that comes next.",
            placeholder="@ada_lovelace",
            auto_complete="off",
            custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
        ),
        proof_step(
            desk,
            Channel.TELEGRAM,
            "Open the bot and press Start",
            rx.cond(desk.link != "", _start(desk), _new_link(desk)),
            came_back(desk, Channel.TELEGRAM),
        ),
        trial_step(desk, Channel.TELEGRAM),
    )


def _start(desk: DeskOf) -> rx.Component:
    card = desk.cards["telegram"]
    return rx.fragment(
        rx.el.p("Bots may only write to who pressed Start. Open this link, here or by phone:"),
        rx.el.div(
            rx.el.img(
                src=desk.qr,
                alt="QR code of the link below: scan it with your phone's camera",
                width="148",
                height="148",
                class_name="qr",
            ),
            rx.el.div(_open(desk, card), _link(desk), class_name="start-ways"),
            class_name="start-open",
        ),
        rx.el.p(
            rx.el.span(class_name="listening-dot"),
            rx.el.span(
                "Waiting for you to press Start… The link works until ",
                moment(desk.link_until, "time"),
                ".",
            ),
            class_name="listening",
        ),
    )


def _open(desk: DeskOf, card: Any) -> rx.Component:
    return rx.cond(
        card.sandboxed,
        rx.el.button(
            f"Press Start as @{card.label} in the sandbox",
            type="button",
            on_click=desk.press_start,
            class_name="button primary",
        ),
        plain_link(
            "Open Telegram",
            href=desk.link,
            target="_blank",
            rel="noreferrer",
            class_name="button primary",
        ),
    )


def _link(desk: DeskOf) -> rx.Component:
    link = desk.link
    return rx.el.div(
        plain_link(link, href=link, target="_blank", rel="noreferrer"),
        copy_button(link, "Copy the link"),
        class_name="start-address",
    )


def _new_link(desk: DeskOf) -> rx.Component:
    return rx.el.div(
        rx.el.p("The link is gone: it works for ten minutes, and once.", class_name="hint"),
        rx.el.button(
            "Make a new link",
            type="button",
            on_click=desk.begin_link({"address": desk.cards["telegram"].label}),
            class_name="button primary",
        ),
        class_name="new-link",
    )
