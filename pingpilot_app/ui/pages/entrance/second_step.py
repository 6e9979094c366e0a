"""The code after the password."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import link, plain_form
from pingpilot_app.ui.pages.entrance.frame import also, form, frame
from pingpilot_app.ui.pages.entrance.state import EntranceState

_DIGITS: dict[str, Any] = {"auto_focus": True, "input_mode": "numeric", "max_length": 7}
_ACTION = "/auth/second-factor"


def second_step_page() -> rx.Component:
    """Lay out the form for the app's code and, folded away, the one for a recovery code."""
    return frame(
        "One more step",
        "Enter the six digits that your authenticator app shows for PingPilot.",
        form(
            _ACTION,
            _code("Code", "code", class_name="code-input", **_DIGITS),
            button="Sign in",
        ),
        _recovery(),
        also(link("Back to sign in", to="/login")),
    )


def _recovery() -> rx.Component:
    return rx.el.details(
        rx.el.summary("No phone at hand? Use a recovery code"),
        plain_form(
            _code(
                "Recovery code",
                "recovery",
                max_length=64,
                hint="One of the ten that you kept when you switched the second factor on. Each "
                "works once. Without any, whoever runs this PingPilot can switch it off for you.",
            ),
            rx.el.button("Sign in by recovery code", type="submit", class_name="button"),
            action=_ACTION,
            method="post",
            class_name="form",
        ),
        open=EntranceState.errors.contains("recovery"),
        class_name="how",
    )


def _code(label: str, name: str, **props: Any) -> rx.Component:
    return field(
        label,
        name,
        errors=EntranceState.errors,
        auto_complete="one-time-code" if name == "code" else "off",
        required=True,
        custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
        **props,
    )
