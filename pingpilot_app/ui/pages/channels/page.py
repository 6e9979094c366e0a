"""How the channels look; what they do is in state.py."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.pages.channels.card import (
    address_form,
    channel_card,
    code_form,
    waiting_for_start,
)
from pingpilot_app.ui.pages.channels.failures import failures_panel
from pingpilot_app.ui.pages.channels.state import ChannelsState
from pingpilot_app.ui.template import inside

PAUSED = "While a channel is on and not verified, events are refused."


def channels_page() -> rx.Component:
    """Lay out a card for each channel."""
    return inside(
        "/channels",
        "Channels",
        f"Where your events go. {PAUSED}",
        rx.cond(
            ChannelsState.ready,
            rx.fragment(
                rx.el.div(_discord(), _telegram(), _email(), class_name="channels"),
                failures_panel(),
            ),
            rx.el.div(
                *[rx.el.div(class_name="skeleton skeleton-card") for _ in Channel],
                class_name="channels",
                aria_busy=True,
            ),
        ),
    )


def _discord() -> rx.Component:
    return channel_card(
        Channel.DISCORD,
        rx.fragment(
            address_form(
                Channel.DISCORD,
                "Your Discord ID",
                "Send code",
                ChannelsState.send_code,
                placeholder="123456789012345678",
                input_mode="numeric",
                auto_complete="off",
            ),
            _how_to_find_it(),
        ),
        code_form(
            Channel.DISCORD,
            "Six digits, sent by the bot as a direct message. It reaches you only if you share a "
            "server with it and take direct messages from there.",
        ),
    )


def _how_to_find_it() -> rx.Component:
    return rx.el.details(
        rx.el.summary("How do I find my ID?"),
        rx.el.ol(
            rx.el.li("In Discord, open Settings, then Advanced, and switch on Developer Mode."),
            rx.el.li("Click your name at the bottom left and choose Copy User ID."),
            rx.el.li("You need to share a server with the bot, or it may not write to you."),
        ),
        class_name="how",
    )


def _telegram() -> rx.Component:
    return channel_card(
        Channel.TELEGRAM,
        address_form(
            Channel.TELEGRAM,
            "Your Telegram username",
            "Make the link",
            ChannelsState.begin_link,
            hint="In Telegram, under Settings. Bots may only write to who pressed Start.",
            placeholder="@ada_lovelace",
            auto_complete="off",
            custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
        ),
        waiting_for_start(),
    )


def _email() -> rx.Component:
    return channel_card(
        Channel.EMAIL,
        address_form(
            Channel.EMAIL,
            "Email address",
            "Send code",
            ChannelsState.send_code,
            type="email",
            placeholder="ada@example.org",
            auto_complete="email",
        ),
        code_form(Channel.EMAIL, "Six digits, sent to this address."),
    )
