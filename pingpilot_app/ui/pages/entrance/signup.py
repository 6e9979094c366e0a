"""Opening an account, as far as the instance allows."""

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
    quick_start,
    waiting,
)
from pingpilot_app.ui.pages.entrance.state import EntranceState, LinkState
from pingpilot_app.ui.policy import PolicyState


def signup_page() -> rx.Component:
    """Lay out the form, or say why there is none."""
    return frame(
        "Create an account",
        "Your software says what happened. You hear it where you are.",
        rx.cond(
            PolicyState.sign_up == "first",
            _closed(),
            rx.cond(
                EntranceState.sent,
                _sent(),
                rx.cond(
                    ~LinkState.checked,
                    waiting(),
                    rx.cond(
                        LinkState.address != "",
                        _invited(),
                        rx.cond(
                            LinkState.token != "",
                            _no_invite(),
                            rx.cond(PolicyState.anybody_may_join, _anybody(), _invite_only()),
                        ),
                    ),
                ),
            ),
        ),
        also(rx.el.span("You have an account?"), link("Sign in", to="/login")),
    )


def _anybody() -> rx.Component:
    return form(
        "/auth/signup",
        email_field(),
        new_password_field(),
        quick_start(),
        button="Create the account",
    )


def _invited() -> rx.Component:
    return form(
        "/auth/signup",
        hidden("invite", LinkState.token),
        given_email(LinkState.address),
        new_password_field(auto_focus=True),
        quick_start(),
        button="Create the account",
    )


def _sent() -> rx.Component:
    return rx.fragment(
        notice("Look into your mail: a message is on its way."),
        rx.el.p(
            "Its link confirms your address and signs you in. If nothing arrives within some "
            "minutes, look among what was taken for spam, then try again."
        ),
        rx.cond(PolicyState.mail != "sent", no_mail()),
    )


def _closed() -> rx.Component:
    return rx.el.p(
        "This PingPilot opens no new accounts. If you know who runs it, ask them: an operator can "
        "open one for you, or let people sign up."
    )


def _invite_only() -> rx.Component:
    return rx.el.p(
        "This PingPilot is for people who are invited. If you know who runs it, ask them for an "
        "invite: its link leads here, with your address filled in."
    )


def _no_invite() -> rx.Component:
    return rx.el.p(
        "This invite was used already, withdrawn, or is more than seven days old. Ask whoever sent "
        "it for another one.",
        class_name="error boxed",
        role="alert",
    )


def no_mail() -> rx.Component:
    """Say that mails do not leave this machine."""
    return rx.el.p(
        rx.cond(
            PolicyState.mail == "none",
            "This PingPilot has no mail server, so no mail will come. Ask whoever runs it.",
            "This PingPilot has no mail server yet: mails stay in its sandbox, where whoever runs "
            "it can read them.",
        ),
        class_name="hint",
    )
