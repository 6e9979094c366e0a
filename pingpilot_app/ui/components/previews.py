"""Messages as Discord, Telegram and a mail program show them."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.rows import FieldRow


@dataclass(frozen=True)
class Embed:
    """A Discord message. `color` is CSS, `at` and `sent_at` ISO 8601.

    `reference` tells messages apart; `button` is what its button says, empty for none.
    """

    recipient: str
    at: str
    text: str  # beside or instead of the embed
    title: str
    description: str
    color: str
    fields: list[FieldRow]
    footer: str
    sent_at: str
    reference: str
    button: str
    edited: bool


@dataclass(frozen=True)
class ChatMessage:
    """A Telegram message. `reference`, `button` and `edited` as an embed's."""

    recipient: str
    at: str
    text: str
    reference: str
    button: str
    edited: bool


@dataclass(frozen=True)
class Mail:
    """An email. `reference` tells mails apart; `claim_url` is its link that claims the event."""

    reference: str
    recipient: str
    sender: str
    at: str
    subject: str
    html: str
    text: str
    claim_url: str


def discord_message(embed: Embed, on_press: Any = None) -> rx.Component:
    """Show a direct message of the bot with its embed; its button does `on_press`."""
    return rx.el.article(
        rx.el.img(src="/favicon.svg", alt="", class_name="discord-avatar"),
        rx.el.div(
            rx.el.header(
                rx.el.strong("PingPilot"),
                rx.el.span("APP", class_name="discord-app"),
                moment(embed.at, "exact"),
                class_name="discord-head",
            ),
            rx.cond(embed.text != "", rx.el.p(embed.text, dir="auto", class_name="discord-text")),
            rx.cond(embed.title != "", _embed(embed)),
            rx.cond(embed.edited, rx.el.small("(edited)", class_name="message-edited")),
            _press(embed.button, on_press, "discord-button"),
        ),
        class_name="discord-message",
        title=f"To {embed.recipient}",
    )


def _embed(embed: Embed) -> rx.Component:
    return rx.el.div(
        rx.el.strong(embed.title, dir="auto", class_name="embed-title"),
        rx.el.p(embed.description, dir="auto", class_name="embed-text"),
        rx.el.dl(
            rx.foreach(
                embed.fields,
                lambda pair: rx.el.div(
                    rx.el.dt(pair.name, dir="auto"), rx.el.dd(pair.value, dir="auto")
                ),
            ),
            class_name="embed-fields",
        ),
        rx.el.footer(
            rx.cond(embed.footer != "", rx.el.span(embed.footer, " • ")),
            moment(embed.sent_at, "exact"),
        ),
        class_name="embed",
        style={"border_inline_start_color": embed.color},
    )


def telegram_message(message: ChatMessage, on_press: Any = None) -> rx.Component:
    """Show a bubble, and below it the button that does `on_press`."""
    return rx.el.article(
        rx.el.div(
            rx.el.p(message.text, dir="auto"),
            rx.el.footer(
                rx.cond(message.edited, rx.el.span("edited ", class_name="message-edited")),
                moment(message.at, "time"),
            ),
            class_name="bubble",
        ),
        _press(message.button, on_press, "telegram-button"),
        class_name="telegram-message",
        title=f"To {message.recipient}",
    )


def _press(label: Any, on_press: Any, kind: str) -> rx.Component:
    if on_press is None:
        return rx.fragment()
    pressing = rx.el.button(label, type="button", on_click=on_press, class_name=kind)
    return rx.cond(label != "", pressing)


def mail_letter(mail: Mail, *, plain: bool) -> rx.Component:
    """Show one mail whole, as it lies open in a mail program."""
    return rx.el.article(
        rx.el.header(
            rx.el.h3(mail.subject),
            rx.el.p("From ", rx.el.span(mail.sender), " to ", rx.el.span(mail.recipient)),
            moment(mail.at, "exact"),
            class_name="letter-head",
        ),
        _plain_part(mail) if plain else _html_part(mail),
        class_name="letter",
    )


def mail_message(mail: Mail, *, is_open: Any, plain: Any, on_open: Any) -> rx.Component:
    """Show a mail: its head alone, or whole."""
    return rx.el.article(
        rx.el.button(
            rx.el.span(rx.el.strong(mail.subject), class_name="mail-subject"),
            rx.el.span("From ", mail.sender, class_name="mail-from"),
            rx.el.span("To ", mail.recipient, class_name="mail-to"),
            rx.el.span(moment(mail.at, "exact"), class_name="mail-time"),
            rx.cond(is_open, icon("chevron-up", 16), icon("chevron-down", 16)),
            type="button",
            on_click=on_open,
            aria_expanded=is_open,
            class_name="mail-head",
        ),
        rx.cond(
            is_open,
            rx.fragment(
                rx.cond(plain | (mail.html == ""), _plain_part(mail), _html_part(mail)),
                rx.cond(mail.claim_url != "", _claim_link(mail)),
            ),
        ),
        class_name="mail",
    )


def _claim_link(mail: Mail) -> rx.Component:
    """Show the link once more: the frame that holds the mail lets nobody out."""
    return rx.el.p(
        rx.el.a("I'm on it", href=mail.claim_url, target="_blank", rel="noopener"),
        class_name="mail-claim",
    )


def _plain_part(mail: Mail) -> rx.Component:
    return rx.el.pre(mail.text, class_name="mail-plain", tab_index=0)


def _html_part(mail: Mail) -> rx.Component:
    """Show the HTML where it can run no script and reach no page."""
    return rx.el.iframe(
        src_doc=mail.html,
        sandbox="",
        title=f"Email {mail.subject} as it arrived",
        class_name="mail-html",
    )
