"""The set-up of Discord: the person's id, and a bot that may write to them."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.html import plain_link
from pingpilot_app.ui.pages.channels.steps import (
    DeskOf,
    address_step,
    came_back,
    code_form,
    how,
    proof_step,
    trial_step,
    way,
)


def discord_steps(desk: DeskOf) -> tuple[rx.Component, ...]:
    """Lead from the id to a test that arrived."""
    return (
        address_step(
            desk,
            Channel.DISCORD,
            "Enter your Discord ID",
            _where_it_is(),
            label="Your Discord ID",
            button="Send code",
            on_submit=desk.send_code,
            hint="A number of 15 to 20 digits. It is not your name and no secret.",
            placeholder="123456789012345678",
            input_mode="numeric",
            auto_complete="off",
        ),
        proof_step(
            desk,
            Channel.DISCORD,
            "Let the bot write to you, and enter its code",
            _who_is_reached(desk),
            code_form(desk, Channel.DISCORD, "Six digits, sent by the bot as a direct message."),
            came_back(desk, Channel.DISCORD),
            _no_message(),
        ),
        trial_step(desk, Channel.DISCORD),
    )


def _where_it_is() -> rx.Component:
    return how(
        rx.fragment(
            "In Discord, open ",
            way("⚙ Settings", "Advanced"),
            " and switch on ",
            way("Developer Mode"),
            ". The cog is beside your name, at the bottom left.",
        ),
        rx.fragment(
            "Right-click your own name and choose ",
            way("Copy User ID"),
            ". On a phone: your picture, then ⋯.",
        ),
        "Paste it here.",
    )


def _who_is_reached(desk: DeskOf) -> rx.Component:
    invite = desk.cards["discord"].invite
    return how(
        rx.fragment(
            "Share a server with the bot: join one where it is",
            rx.cond(
                invite != "",
                rx.fragment(
                    ", or ",
                    plain_link(
                        "add it to one of yours", href=invite, target="_blank", rel="noreferrer"
                    ),
                ),
            ),
            ".",
        ),
        rx.fragment(
            "Allow its messages: right-click that server's name, open ",
            way("Privacy Settings", "Direct Messages"),
            " and switch it on.",
        ),
        "Enter the code that it wrote to you.",
    )


def _no_message() -> rx.Component:
    return rx.el.details(
        rx.el.summary("No message from the bot?"),
        rx.el.p("Discord tells PingPilot why, by a number of its own:"),
        rx.el.dl(
            _reason("50278", "You share no server with the bot. Join one where it is."),
            _reason(
                "50007",
                "It may not write to you: direct messages are off for that server, or you blocked "
                "the bot. Switch them on, or unblock it.",
            ),
            class_name="codes",
        ),
        rx.el.p("Then press Send a new code."),
        class_name="how",
    )


def _reason(number: str, text: str) -> rx.Component:
    return rx.el.div(rx.el.dt(number), rx.el.dd(text))
