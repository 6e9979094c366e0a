"""The set-up of email: the address, and the code that was mailed there."""

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.pages.channels.steps import (
    DeskOf,
    address_step,
    came_back,
    code_form,
    proof_step,
    trial_step,
)


def email_steps(desk: DeskOf) -> tuple[rx.Component, ...]:
    """Lead from the address to a test that arrived."""
    return (
        address_step(
            desk,
            Channel.EMAIL,
            "Enter your address",
            label="Email address",
            button="Send code",
            on_submit=desk.send_code,
            type="email",
            placeholder="ada@example.org",
            auto_complete="email",
        ),
        proof_step(
            desk,
            Channel.EMAIL,
            "Enter the code from the mail",
            code_form(
                desk,
                Channel.EMAIL,
                "Six digits, sent to this address. Not there within a minute? Look among the "
                "spam, and let the sender through from now on.",
            ),
            came_back(desk, Channel.EMAIL),
        ),
        trial_step(desk, Channel.EMAIL),
    )
