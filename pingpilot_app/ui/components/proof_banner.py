"""Reminds people that their address is not confirmed."""

import reflex as rx

from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.proof import ProofState
from pingpilot_app.ui.shell import ShellState


def proof_banner() -> rx.Component:
    """Show what is missing and the way to it; nothing where the address is proved."""
    return rx.cond(
        ShellState.ready & ~ShellState.proven,
        rx.el.aside(
            icon("mail", 18),
            rx.el.p(
                rx.el.strong("Confirm your address. "),
                "Open the link that was mailed to ",
                ShellState.email,
                ". Until then nothing is sent there.",
            ),
            rx.el.button(
                "Send it again",
                type="button",
                on_click=ProofState.resend,
                class_name="button small",
            ),
            aria_label="Confirm your address",
            class_name="attention",
        ),
    )
