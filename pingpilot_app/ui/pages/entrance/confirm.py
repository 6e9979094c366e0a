"""Letting events come to a mailbox, by the link that was mailed there."""

from datetime import UTC, datetime

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.verification import find_mail_link
from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.pages.entrance.frame import form, frame, hidden, notice, waiting
from pingpilot_app.ui.pages.entrance.state import EntranceState, OfLink


class ConfirmState(OfLink, rx.State):
    """A link that belongs to a mailbox. Needs no session."""

    async def _look_up(self) -> None:
        read, now = current().database.read, datetime.now(UTC)
        found = await read(find_mail_link, self.token, now) if self.token else None
        self.address = found.address if found else ""


def confirm_page() -> rx.Component:
    """Lay out the button: mail scanners open links, and press nothing."""
    return frame(
        "Receive events here?",
        "PingPilot sends messages only to people who want them.",
        rx.cond(
            ~ConfirmState.checked,
            waiting(),
            rx.cond(
                EntranceState.done != "",
                rx.fragment(notice(EntranceState.done), _to_dashboard()),
                rx.cond(ConfirmState.address == "", _too_late(), _button()),
            ),
        ),
    )


def _button() -> rx.Component:
    return form(
        "/auth/channel",
        hidden("token", ConfirmState.token),
        rx.el.p(
            "Events of a PingPilot account will arrive at ",
            rx.el.strong(ConfirmState.address),
            ".",
        ),
        rx.el.p(
            "If you did not ask for this, close the page: nothing is sent then.", class_name="hint"
        ),
        button="Confirm this address",
    )


def _too_late() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "This link was used already, is more than a day old, or another address was entered "
            "since. Under Channels, a new one can be sent.",
            class_name="error boxed",
            role="alert",
        ),
        _to_dashboard(),
    )


def _to_dashboard() -> rx.Component:
    return link("Open the channels", to="/channels", class_name="button primary large")
