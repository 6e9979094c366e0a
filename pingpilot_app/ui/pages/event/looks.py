"""How an event looks where it arrives, made by what the senders use (domain/message)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message import discord as discord_form
from pingpilot_app.domain.message import email as email_form
from pingpilot_app.domain.message import telegram as telegram_form
from pingpilot_app.storage.events import EventView
from pingpilot_app.ui.components.previews import (
    ChatMessage,
    Embed,
    Mail,
    discord_message,
    mail_letter,
    telegram_message,
)
from pingpilot_app.ui.components.previews_of import as_chat_message, as_embed, as_mail


@dataclass(frozen=True)
class Looks:
    """The event's message, as each of the three shows it."""

    discord: Embed
    telegram: ChatMessage
    email: Mail


@dataclass(frozen=True)
class _Sent:
    """What would go out: the shape that the sandbox receives."""

    payload: dict[str, Any]
    to: str
    at: datetime
    reference: str


def looks_of(
    event: EventView, addresses: dict[Channel, str], public_url: str, email_from: str
) -> Looks:
    """Return the looks; `addresses` are the owner's, `email_from` the mail's sender."""
    message = _message(event, public_url)

    def sent(channel: Channel, payload: dict[str, Any]) -> _Sent:
        at = _arrived(event, channel)
        return _Sent(payload, addresses.get(channel) or channel.label, at, event.id)

    return Looks(
        as_embed(sent(Channel.DISCORD, {"embeds": [discord_form.render(message)]})),
        as_chat_message(sent(Channel.TELEGRAM, {"text": telegram_form.render(message)})),
        as_mail(sent(Channel.EMAIL, _mail(message, email_from))),
    )


def _message(event: EventView, public_url: str) -> Message:
    return Message(
        event_id=event.id,
        category=event.category,
        emoji=event.emoji,
        color=event.color,
        description=event.description,
        fields=event.fields,
        created_at=event.created_at,
        url=f"{public_url}/events/{event.id}",
    )


def _mail(message: Message, email_from: str) -> dict[str, Any]:
    return {
        "subject": email_form.SUBJECT,
        "headers": [["From", email_from]],
        "text": email_form.render_text(message),
        "html": email_form.render_html(message),
    }


def _arrived(event: EventView, channel: Channel) -> datetime:
    """Return when it arrived there, or when it happened."""
    times = [one.delivered_at for one in event.deliveries if one.channel is channel]
    return next((at for at in times if at is not None), event.created_at)


def looks_panel(looks: Looks) -> rx.Component:
    """Show one of them at a time; the arrow keys lead along the tabs."""
    views = (
        ("Discord", _window("Discord", discord_message(looks.discord))),
        ("Telegram", _window("Telegram", telegram_message(looks.telegram))),
        ("Email", mail_letter(looks.email, plain=False)),
        ("Plain email", mail_letter(looks.email, plain=True)),
    )
    return rx.tabs.root(
        rx.tabs.list(
            *[rx.tabs.trigger(name, value=name) for name, _ in views],
            class_name="look-tabs",
            custom_attrs={"aria-label": "Where it arrives"},
        ),
        *[rx.tabs.content(view, value=name, class_name="look") for name, view in views],
        default_value=views[0][0],
        class_name="looks",
    )


def _window(name: str, message: rx.Component) -> rx.Component:
    return rx.el.div(
        message,
        tab_index=0,
        role="region",
        aria_label=f"The message in {name}",
        class_name=f"{name.lower()}-window",
    )
