"""The one page for who must have a second factor and has none: why, and the way through it."""

import reflex as rx

from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, plain_form, plain_link
from pingpilot_app.ui.pages.settings.second_factor import begun, off, recovery_codes_dialog
from pingpilot_app.ui.pages.settings.second_factor_state import SecondFactorState
from pingpilot_app.ui.proof import ProofState
from pingpilot_app.ui.sign_in import HOME
from pingpilot_app.ui.template import outside


def secure_page() -> rx.Component:
    """Lay out the set-up, and nothing else of the account."""
    return outside(
        rx.el.section(
            rx.cond(SecondFactorState.ready, _set_up(), skeleton_rows(3)),
            class_name="card entrance secure",
        ),
        recovery_codes_dialog(),
        action=plain_form(
            rx.el.button(icon("log-out", 15), "Sign out", type="submit", class_name="quiet"),
            action="/auth/logout",
            method="post",
        ),
    )


def _set_up() -> rx.Component:
    return rx.match(
        SecondFactorState.stands,
        ("on", _done()),
        (
            "begun",
            rx.fragment(_head("Connect your app", "One more minute, and you are in."), begun()),
        ),
        rx.fragment(
            _head(
                "Set up your second factor",
                "This PingPilot asks you for a second factor before you get to anything: besides "
                "your password, a code of an authenticator app, such as the one on your phone.",
            ),
            rx.el.p(
                "Signed in as ",
                rx.el.strong(SecondFactorState.email, dir="auto"),
                ". Your events and API keys go on working meanwhile.",
                class_name="hint",
            ),
            off(
                rx.el.button(
                    "Send me the link again",
                    type="button",
                    on_click=ProofState.resend,
                    class_name="button primary",
                )
            ),
        ),
    )


def _head(title: str, lead: str) -> rx.Component:
    return rx.fragment(rx.el.h1(title), rx.el.p(lead, class_name="lead"))


def _done() -> rx.Component:
    return rx.fragment(
        _head("Your second factor is on", "From now on, signing in takes a code of your app."),
        # Not by the router: the page that is left has nothing of the account yet.
        plain_link("Go on", href=HOME, class_name="button primary large"),
    )
