"""The three ways that events go."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon

_ICONS = {"Discord": "message-square", "Telegram": "send", "Email": "mail"}


def channel_icon(channel: Any, size: int = 15) -> rx.Component:
    """Show the mark of a channel, named by its label; the text beside it says which it is."""
    return rx.match(
        channel, *[(name, icon(mark, size)) for name, mark in _ICONS.items()], icon("bell", size)
    )
