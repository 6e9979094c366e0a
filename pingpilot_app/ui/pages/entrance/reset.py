"""A new password for somebody who has forgotten the old one."""

import reflex as rx

from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.pages.entrance.frame import (
    also,
    email_field,
    form,
    frame,
    given_email,
    hidden,
    new_password_field,
    notice,
    waiting,
)
from pingpilot_app.ui.pages.entrance.signup import no_mail
from pingpilot_app.ui.pages.entrance.state import EntranceState, LinkState
from pingpilot_app.ui.policy import PolicyState


def forgot_page() -> rx.Component:
    """Lay out the form that asks for the link."""
    return frame(
        "Forgot your password?",
        "That happens. Enter your address, and a link to a new one comes by mail.",
        rx.cond(
            EntranceState.sent,
            rx.fragment(
                notice("If the address has an account here, the mail is on its way."),
                rx.el.p(
                    "Its link works once, for an hour. If nothing arrives, look among what was "
                    "taken for spam, or try the address that you signed up with."
                ),
            ),
            form("/auth/forgot", email_field(), button="Send me the link"),
        ),
        rx.cond(PolicyState.mail != "sent", no_mail()),
        also(link("Back to sign in", to="/login")),
    )


def reset_page() -> rx.Component:
    """Lay out the form that the link leads to."""
    return frame(
        "Choose a new password",
        "All browsers that are signed in with the old one are signed out.",
        rx.cond(
            ~LinkState.checked,
            waiting(),
            rx.cond(LinkState.address != "", _form(), _too_late()),
        ),
    )


def _form() -> rx.Component:
    return form(
        "/auth/reset",
        hidden("token", LinkState.token),
        given_email(LinkState.address),
        new_password_field("New password", auto_focus=True),
        button="Set the password",
    )


def _too_late() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "This link was used already, or is more than an hour old.",
            class_name="error boxed",
            role="alert",
        ),
        link("Ask for another link", to="/forgot", class_name="button primary large"),
    )
