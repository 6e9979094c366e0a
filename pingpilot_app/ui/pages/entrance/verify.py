"""Confirming an address by the link that was mailed there."""

import reflex as rx

from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.pages.entrance.frame import (
    also,
    form,
    frame,
    given_email,
    hidden,
    password_field,
    waiting,
)
from pingpilot_app.ui.pages.entrance.state import LinkState


def verify_page() -> rx.Component:
    """Lay out the button; who is not signed in shows the password, too."""
    return frame(
        "Confirm your address",
        "PingPilot sends mail only to people who want it.",
        rx.cond(
            ~LinkState.checked,
            waiting(),
            rx.cond(
                LinkState.address == "",
                _too_late(),
                rx.cond(LinkState.theirs, _here(), _password()),
            ),
        ),
    )


def _here() -> rx.Component:
    return form(
        "/auth/verify",
        hidden("token", LinkState.token),
        rx.el.p("You are about to confirm ", rx.el.strong(LinkState.address), "."),
        button="Confirm this address",
    )


def _password() -> rx.Component:
    return form(
        "/auth/verify",
        hidden("token", LinkState.token),
        given_email(LinkState.address),
        password_field(
            auto_focus=True,
            hint="The one of your PingPilot account, so that nobody else can use your address.",
        ),
        button="Confirm and sign in",
    )


def _too_late() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "This link was used already, or is more than a day old. If your address still waits "
            "to be confirmed, ask for a new password: the link to it confirms the address, too.",
            class_name="error boxed",
            role="alert",
        ),
        link("Open the dashboard", to="/feed", class_name="button primary large"),
        also(link("Ask for a new password", to="/forgot")),
    )
