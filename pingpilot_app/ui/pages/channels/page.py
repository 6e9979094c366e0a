"""How the channels look; what they do is in state.py."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.rights import looking
from pingpilot_app.ui.pages.channels.card import channel_card
from pingpilot_app.ui.pages.channels.failures import failures_panel
from pingpilot_app.ui.pages.channels.setup_discord import discord_steps
from pingpilot_app.ui.pages.channels.setup_telegram import telegram_steps
from pingpilot_app.ui.pages.channels.state import ChannelsState
from pingpilot_app.ui.pages.channels.steps import (
    address_step,
    came_back,
    code_form,
    proof_step,
    trial_step,
)
from pingpilot_app.ui.shell import ShellState
from pingpilot_app.ui.template import inside

PAUSED = "While a channel is on and not verified, events are refused."


def channels_page() -> rx.Component:
    """Lay out a card for each channel."""
    return inside(
        "/channels",
        "Channels",
        f"Where your events go. {PAUSED}",
        rx.cond(
            ChannelsState.ready & ShellState.ready,
            rx.fragment(
                looking(Right.CHANNELS, "of this account set channels up and switch them"),
                rx.el.div(
                    channel_card(Channel.DISCORD, *discord_steps()),
                    channel_card(Channel.TELEGRAM, *telegram_steps()),
                    channel_card(Channel.EMAIL, *_email_steps()),
                    class_name="channels",
                ),
                failures_panel(),
            ),
            rx.el.div(
                *[rx.el.div(class_name="skeleton skeleton-card") for _ in Channel],
                rx.el.span("Loading…", class_name="sr-only"),
                class_name="channels",
                aria_busy=True,
            ),
        ),
    )


def _email_steps() -> tuple[rx.Component, ...]:
    return (
        address_step(
            Channel.EMAIL,
            "Enter your address",
            label="Email address",
            button="Send code",
            on_submit=ChannelsState.send_code,
            type="email",
            placeholder="ada@example.org",
            auto_complete="email",
        ),
        proof_step(
            Channel.EMAIL,
            "Enter the code from the mail",
            code_form(
                Channel.EMAIL,
                "Six digits, sent to this address. Not there within a minute? Look among the "
                "spam, and let the sender through from now on.",
            ),
            came_back(Channel.EMAIL),
        ),
        trial_step(Channel.EMAIL),
    )
