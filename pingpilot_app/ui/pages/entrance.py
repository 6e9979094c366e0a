"""Setting up and signing in: real forms, so that password managers work."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.password import LENGTH_MAX, LENGTH_MIN
from pingpilot_app.ui.components.forms import check, field
from pingpilot_app.ui.components.html import plain_form
from pingpilot_app.ui.sign_in import page_after
from pingpilot_app.ui.template import outside

SENTENCES = {
    "wrong": "Email or password is not right. Check both and try again.",
    "wait": "Too many tries. Wait a few minutes, then try again.",
    "later": "PingPilot cannot sign you in right now. Try again in a moment.",
    "taken": "This PingPilot is set up already. Sign in instead.",
    "email": "Enter an email address such as ada@example.org.",
    "password": f"The password must have {LENGTH_MIN} to {LENGTH_MAX} characters. "
    "A sentence works.",
}


class EntranceState(rx.State):
    """What the address says: why the last try failed, and where to go after signing in."""

    problem: str = ""
    next_page: str = ""

    @rx.event
    def read_address(self) -> None:
        """Turn the code into its sentence; anything unknown says nothing. Needs no session."""
        asked = self.router.url.query_parameters
        self.problem = SENTENCES.get(asked.get("error", ""), "")
        self.next_page = page_after(asked.get("next"))


def login_page() -> rx.Component:
    """Lay out the sign-in form."""
    return _entrance(
        "Sign in",
        "Good to see you again.",
        "/auth/login",
        rx.el.input(type="hidden", name="next", value=EntranceState.next_page),
        _email(),
        field(
            "Password",
            "password",
            type="password",
            auto_complete="current-password",
            max_length=LENGTH_MAX,
            required=True,
        ),
        button="Sign in",
    )


def setup_page() -> rx.Component:
    """Lay out the form for the first person."""
    return _entrance(
        "Welcome to PingPilot",
        "This instance is fresh. The account you make now is its operator's, without limits.",
        "/auth/setup",
        _email(),
        field(
            "Password",
            "password",
            type="password",
            auto_complete="new-password",
            min_length=LENGTH_MIN,
            max_length=LENGTH_MAX,
            required=True,
            hint=f"At least {LENGTH_MIN} characters. A sentence is easy to remember.",
        ),
        check(
            "Begin with the categories 🐛 bug, 💰 sale and 🤔 question",
            "quick_start",
            default_checked=True,
        ),
        button="Create the account",
    )


def _email() -> rx.Component:
    return field(
        "Email",
        "email",
        type="email",
        auto_complete="username",
        max_length=254,
        required=True,
        auto_focus=True,
    )


def _entrance(title: str, lead: str, action: str, *fields: Any, button: str) -> rx.Component:
    return outside(
        rx.el.section(
            rx.el.h1(title),
            rx.el.p(lead, class_name="lead"),
            rx.cond(
                EntranceState.problem != "",
                rx.el.p(EntranceState.problem, class_name="error boxed", role="alert"),
            ),
            plain_form(
                *fields,
                rx.el.button(button, type="submit", class_name="button primary large"),
                action=action,
                method="post",
                class_name="form",
            ),
            class_name="card entrance",
        )
    )
