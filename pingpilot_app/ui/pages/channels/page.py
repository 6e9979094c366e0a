"""How the account's channels look; what they do is in state.py."""

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.components.rights import looking
from pingpilot_app.ui.pages.channels.card import cards_to_come, channel_cards
from pingpilot_app.ui.pages.channels.failures import failures_panel
from pingpilot_app.ui.pages.channels.order import order_panel
from pingpilot_app.ui.pages.channels.state import ChannelsState
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
                channel_cards(ChannelsState),
                order_panel(),
                failures_panel(),
            ),
            cards_to_come(),
        ),
        action=whose_channels("/channels"),
    )


def whose_channels(here: str) -> rx.Component:
    """Lead from the account's channels to one's own, and back."""
    views = (("The account's", "/channels"), ("For you", "/channels/own"))
    return rx.el.nav(
        *[
            link(name, to=path, aria_current="true" if path == here else "false")
            for name, path in views
        ],
        class_name="segmented",
        aria_label="Whose channels",
    )
