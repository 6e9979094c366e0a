"""Reads what providers get, or would get, into the shape that previews show."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol

from pingpilot_app.domain.category import color_hex
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.ui.components.previews import ChatMessage, Embed, Mail
from pingpilot_app.ui.rows import FieldRow

# Discord hides the backslashes that keep punctuation from being formatting.
_ESCAPED = re.compile(r"\\([\\*_~`|<>@#:!\[\]().-])")

_CLAIM = re.compile(r"^I'm on it: (https?://\S+)$", re.MULTILINE)


class Payload(Protocol):
    """One message as a provider gets it: of the sandbox's inbox, or made for a look.

    `payload` is the JSON; of a mail `subject`, `headers`, `text` and `html`.
    """

    @property
    def payload(self) -> Mapping[str, Any]: ...

    @property
    def to(self) -> str: ...

    @property
    def at(self) -> datetime: ...

    @property
    def reference(self) -> str: ...


def as_embed(received: Payload) -> Embed:
    """Return a Discord message. What is missing or of a wrong kind is shown empty."""
    payload = received.payload
    rows = payload.get("components")
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
        reference=received.reference,
        button=_label(rows[0].get("components"), "label") if rows else "",
        edited=_is_edited(received),
    )


def as_chat_message(received: Payload) -> ChatMessage:
    """Return a Telegram message."""
    rows = (received.payload.get("reply_markup") or {}).get("inline_keyboard")
    return ChatMessage(
        recipient=received.to,
        at=iso_milliseconds(received.at),
        text=str(received.payload.get("text") or ""),
        reference=received.reference,
        button=_label(rows[0], "text") if rows else "",
        edited=_is_edited(received),
    )


def as_mail(received: Payload) -> Mail:
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
        claim_url=_claim_url(mail.get("text") or ""),
    )


def _label(buttons: Any, name: str) -> str:
    return str(buttons[0].get(name, "")) if buttons else ""


def _is_edited(received: Payload) -> bool:
    return getattr(received, "edited_at", None) is not None


def _claim_url(text: str) -> str:
    found = _CLAIM.search(text)
    return found[1] if found else ""


def _shown(text: object) -> str:
    return _ESCAPED.sub(r"\1", text) if isinstance(text, str) else ""
