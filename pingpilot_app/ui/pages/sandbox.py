"""What the built-in sandbox received, as the real ones would show it. For operators."""

from collections.abc import Mapping
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import SANDBOX_TOPIC, current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.inbox import Received
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.previews import (
    ChatMessage,
    Embed,
    Mail,
    discord_message,
    mail_message,
    telegram_message,
)
from pingpilot_app.ui.components.previews_of import as_chat_message, as_embed, as_mail
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in
from pingpilot_app.ui.template import empty, inside

SHOWN = 12  # newest messages of each channel


class SandboxState(Live, rx.State):
    """What arrived. `allowed`: the viewer is an operator; `running`: there is a sandbox."""

    access: ClassVar[Needed] = Access.OPERATORS
    # It tells others that there is nothing for them here.
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Access.SIGNED_IN}

    discord: list[Embed] = []
    telegram: list[ChatMessage] = []
    email: list[Mail] = []
    allowed: bool = False
    running: bool = False
    opened: str = ""  # the mail that is shown whole; empty: the newest
    plain: bool = False

    def _topic(self, _session: SessionView) -> str:
        return SANDBOX_TOPIC

    async def _load(self, session: SessionView) -> None:
        sandbox = current().sandbox
        self.allowed, self.running = session.is_operator, sandbox is not None
        if not session.is_operator or sandbox is None:
            return
        inbox = sandbox.inbox
        self.discord = [as_embed(one) for one in _newest(inbox.received(Channel.DISCORD))]
        self.telegram = [as_chat_message(one) for one in _newest(inbox.received(Channel.TELEGRAM))]
        self.email = [as_mail(one) for one in _newest(inbox.received(Channel.EMAIL))]

    @rx.event
    async def press_discord(self, reference: str) -> Any:
        """Press the button of a Discord message, as whoever it went to."""
        if await self._session() is None:
            return to_sign_in()
        return await _press("discord", reference)

    @rx.event
    async def press_telegram(self, reference: str) -> Any:
        """Press the button of a Telegram message, as whoever it went to."""
        if await self._session() is None:
            return to_sign_in()
        return await _press("telegram", reference)

    @rx.event
    async def open_mail(self, reference: str) -> Any:
        """Show one mail whole."""
        if await self._session() is None:
            return to_sign_in()
        if isinstance(reference, str):
            self.opened = reference[:100]
        return None

    @rx.event
    async def show_plain(self, plain: bool) -> Any:
        """Show the plain-text part of mails, or the HTML part."""
        if await self._session() is None:
            return to_sign_in()
        self.plain = plain is True
        return None


async def _press(where: str, reference: object) -> Any:
    """Press; what the one who pressed alone is told is shown as a toast."""
    sandbox = current().sandbox
    if sandbox is None or not isinstance(reference, str):
        return None
    presses = {"discord": sandbox.discord.presses.press, "telegram": sandbox.telegram.press}
    try:
        told = await presses[where](reference)
    except KeyError:
        return toast.error("That message has no button any more.")
    return toast.info(told) if told else None


def _newest(received: list[Received]) -> list[Received]:
    return received[: -SHOWN - 1 : -1]


def sandbox_page() -> rx.Component:
    """Lay out the three inboxes."""
    state = SandboxState
    return inside(
        "/sandbox",
        "Sandbox",
        "What Discord, Telegram and a mail server would have got. Nothing here left this machine.",
        rx.cond(
            state.ready,
            rx.cond(state.allowed, rx.cond(state.running, _inboxes(), _off()), _not_allowed()),
            skeleton_rows(3),
        ),
    )


def _inboxes() -> rx.Component:
    state = SandboxState
    return rx.fragment(
        rx.el.p(
            icon("flask-conical", 16),
            rx.el.span(
                "Sandbox. Messages for channels without credentials end here, "
                f"the newest {SHOWN} of each are shown."
            ),
            class_name="attention calm",
        ),
        rx.el.div(
            _inbox("Discord", state.discord, lambda one: _discord(one), "discord"),
            _inbox("Telegram", state.telegram, lambda one: _telegram(one), "telegram"),
            class_name="inboxes",
        ),
        rx.el.section(
            rx.el.header(rx.el.h2("Email"), _mail_toggle(), class_name="inbox-head"),
            rx.cond(
                state.email,
                rx.el.div(rx.foreach(state.email, _mail), class_name="mails"),
                _nothing_yet(),
            ),
            id="inbox-email",
            class_name="inbox email",
        ),
    )


def _discord(one: Embed) -> rx.Component:
    return discord_message(one, SandboxState.press_discord(one.reference))


def _telegram(one: ChatMessage) -> rx.Component:
    return telegram_message(one, SandboxState.press_telegram(one.reference))


def _inbox(name: str, messages: Any, show: Any, key: str) -> rx.Component:
    return rx.el.section(
        rx.el.header(rx.el.h2(name), class_name="inbox-head"),
        rx.cond(
            messages,
            rx.el.div(rx.foreach(messages, show), class_name=f"{key}-window", tab_index=0),
            _nothing_yet(),
        ),
        id=f"inbox-{key}",
        class_name="inbox",
    )


def _mail_toggle() -> rx.Component:
    return rx.el.div(
        *[
            rx.el.button(
                text,
                type="button",
                on_click=SandboxState.show_plain(plain),
                aria_pressed=SandboxState.plain if plain else ~SandboxState.plain,
            )
            for text, plain in (("HTML", False), ("Plain text", True))
        ],
        role="group",
        aria_label="Part of the mail",
        class_name="segmented",
    )


def _mail(mail: Mail, index: int) -> rx.Component:
    state = SandboxState
    newest = (state.opened == "") & (index == 0)
    return mail_message(
        mail,
        is_open=newest | (state.opened == mail.reference),
        plain=state.plain,
        on_open=state.open_mail(mail.reference),
    )


def _nothing_yet() -> rx.Component:
    return rx.el.p(
        "Nothing yet. Send a test under ",
        link("Channels", to="/channels"),
        ": it appears here by itself.",
        class_name="inbox-empty",
    )


def _off() -> rx.Component:
    return empty(
        "flask-conical-off",
        "The sandbox is off",
        "All providers of this PingPilot are real. Set SANDBOX=auto or on, and start it again.",
        link("Go to Channels", to="/channels", class_name="button"),
    )


def _not_allowed() -> rx.Component:
    return empty(
        "lock",
        "For operators",
        "The sandbox shows the messages of every account, so only the operator may look.",
        link("Go to the feed", to="/feed", class_name="button"),
    )
