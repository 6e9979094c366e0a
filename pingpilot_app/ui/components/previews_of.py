"""Reads what the sandbox received into the shape that previews show."""

import re
from typing import Any

from pingpilot_app.domain.category import color_hex
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.sandbox.inbox import Received
from pingpilot_app.ui.components.previews import ChatMessage, Embed, Mail
from pingpilot_app.ui.rows import FieldRow

# Discord hides the backslashes that keep punctuation from being formatting.
_ESCAPED = re.compile(r"\\([\\*_~`|<>@#:!\[\]().-])")


def as_embed(received: Received) -> Embed:
    """Return a Discord message. What is missing or of a wrong kind is shown empty."""
    payload = received.payload
    embeds = payload.get("embeds")
    embed: dict[str, Any] = embeds[0] if isinstance(embeds, list) and embeds else {}
    color = embed.get("color")
    return Embed(
        recipient=received.to,
        at=iso_milliseconds(received.at),
        text=_shown(payload.get("content")),
        title=_shown(embed.get("title")),
        description=_shown(embed.get("description")),
        color=color_hex(color) if isinstance(color, int) else "",
        fields=[
            FieldRow(_shown(one.get("name")), _shown(one.get("value")))
            for one in embed.get("fields") or []
        ],
        footer=_shown((embed.get("footer") or {}).get("text")),
        sent_at=str(embed.get("timestamp") or ""),
    )


def as_chat_message(received: Received) -> ChatMessage:
    """Return a Telegram message."""
    text = received.payload.get("text")
    return ChatMessage(received.to, iso_milliseconds(received.at), str(text or ""))


def as_mail(received: Received) -> Mail:
    """Return a mail."""
    mail = received.payload
    headers = {str(name).lower(): value for name, value in mail.get("headers") or []}
    return Mail(
        reference=received.reference,
        recipient=received.to,
        sender=headers.get("from", ""),
        at=iso_milliseconds(received.at),
        subject=mail.get("subject") or "(no subject)",
        html=mail.get("html") or "",
        text=mail.get("text") or "",
    )


def _shown(text: object) -> str:
    return _ESCAPED.sub(r"\1", text) if isinstance(text, str) else ""
