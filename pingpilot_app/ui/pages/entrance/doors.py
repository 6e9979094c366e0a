"""Setting up and signing in: real forms, so that password managers work."""

import reflex as rx

from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.components.sign_up_link import sign_up_link
from pingpilot_app.ui.pages.entrance.frame import (
    also,
    email_field,
    form,
    frame,
    hidden,
    new_password_field,
    password_field,
    quick_start,
)
from pingpilot_app.ui.pages.entrance.state import EntranceState


def login_page() -> rx.Component:
    """Lay out the sign-in form."""
    return frame(
        "Sign in",
        "Good to see you again.",
        form(
            "/auth/login",
            hidden("next", EntranceState.next_page),
            email_field(),
            password_field(),
            button="Sign in",
        ),
        also(link("Forgot your password?", to="/forgot"), sign_up_link("")),
    )


def setup_page() -> rx.Component:
    """Lay out the form for the first person."""
    return frame(
        "Welcome to PingPilot",
        "This instance is fresh. The account you make now is its operator's, without limits.",
        form(
            "/auth/setup",
            email_field(),
            new_password_field(),
            quick_start(),
            button="Create the account",
        ),
    )
