"""Switching the second factor on and off, and the recovery codes: forms sent to `/auth/`."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.password import LENGTH_MAX
from pingpilot_app.domain.second_factor import FEW, RECOVERY_CODES
from pingpilot_app.ui.components.forms import error_text, field
from pingpilot_app.ui.components.html import icon, moment, plain_form, plain_link
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.pages.settings.second_factor_state import SecondFactorState
from pingpilot_app.ui.pages.settings.state import SettingsState

CODE_MAX = 64  # characters
_FILE = "pingpilot-recovery-codes.txt"


def second_factor() -> rx.Component:
    """Show how it stands, and what can be done next."""
    return rx.match(
        SecondFactorState.stands,
        ("on", _on()),
        ("begun", begun()),
        (
            "off",
            rx.fragment(
                rx.el.p(
                    "Signing in then takes your password and a code of an authenticator app, such "
                    "as the one on your phone. Whoever learns the password alone stays outside."
                ),
                off(),
            ),
        ),
        rx.fragment(),
    )


def off(confirming: Any = None) -> rx.Component:
    """Ask for the password to begin; `confirming` stands there until the address is proved."""
    errors = SecondFactorState.errors
    confirm_first = rx.el.p(
        "Confirm your address first: letters about the second factor go there.", class_name="hint"
    )
    return rx.fragment(
        error_text(errors, "code"),
        rx.cond(
            SecondFactorState.proven,
            _form(
                _password("second-factor", errors),
                button="Set it up",
                action="begin",
                look="primary",
            ),
            rx.fragment(confirm_first, confirming or rx.fragment()),
        ),
    )


def begun() -> rx.Component:
    """Show the secret, this once, and ask for the app's first code."""
    return rx.fragment(
        rx.cond(
            SecondFactorState.secret != "",
            _secret(),
            rx.el.p(
                "The QR code was shown once. If your app has it already, enter the code that the "
                "app shows; otherwise start again."
            ),
        ),
        plain_form(
            field(
                "Code of the app",
                "code",
                id="second-factor-code",
                errors=SecondFactorState.errors,
                input_mode="numeric",
                auto_complete="one-time-code",
                max_length=7,
                required=True,
                auto_focus=True,
                class_name="code-input",
            ),
            rx.el.div(
                rx.el.button("Switch it on", type="submit", class_name="button primary"),
                rx.el.button(
                    rx.cond(SecondFactorState.secret != "", "Cancel", "Start again"),
                    type="button",
                    on_click=SecondFactorState.give_up,
                    class_name="button",
                ),
                class_name="buttons",
            ),
            action="/auth/second-factor/on",
            method="post",
            class_name="form",
        ),
    )


def _secret() -> rx.Component:
    state = SecondFactorState
    return rx.el.div(
        rx.el.p(
            "Scan this with your authenticator app. Then enter the code that the app shows, which "
            "proves that it works."
        ),
        rx.el.div(
            rx.el.img(
                src=state.qr,
                alt="QR code of the secret below: scan it with your authenticator app",
                width="180",
                height="180",
                class_name="qr",
            ),
            rx.el.div(
                rx.el.p("No camera? Type this secret into the app:"),
                rx.el.code(state.secret, id="second-factor-secret"),
                rx.el.div(
                    copy_button(state.secret, "Copy the secret"),
                    plain_link("Open in an app on this device", href=state.link),
                    class_name="buttons",
                ),
                class_name="start-ways",
            ),
            class_name="start-open",
        ),
        on_unmount=state.forget,
        class_name="factor-secret",
    )


def _on() -> rx.Component:
    state = SecondFactorState
    return rx.fragment(
        rx.el.p(
            icon("shield-check", 16),
            rx.el.span("On since ", moment(state.since, "date")),
            class_name="good factor-state",
        ),
        rx.el.p(
            rx.cond(
                state.left <= FEW,
                rx.el.span(
                    icon("triangle-alert", 16),
                    rx.el.span(
                        f"Only {state.left} of {RECOVERY_CODES} recovery codes left. Make new "
                        "ones before you need them."
                    ),
                    class_name="key-state",
                ),
                f"{state.left} of {RECOVERY_CODES} recovery codes left.",
            ),
        ),
        _folded(
            "Make new recovery codes",
            "recovery-codes",
            "The ones you have work no longer then.",
            button="Make new codes",
            action="codes",
        ),
        _folded(
            "Move it to another app or phone",
            "second-factor-move",
            "The app you have works no longer then, nor do the recovery codes: have the other app "
            "at hand.",
            button="Move it",
            action="move",
        ),
        rx.cond(
            state.demanded,
            rx.el.p(
                "This PingPilot asks you for a second factor, so it cannot be switched off.",
                class_name="hint",
            ),
            _folded(
                "Switch the second factor off",
                "second-factor-off",
                "Your password alone is enough to sign in then.",
                button="Switch it off",
                action="off",
                look="danger",
            ),
        ),
    )


def _folded(title: str, form: str, hint: str, **sent: str) -> rx.Component:
    """Ask for password and code, folded away until it is wanted or something was wrong."""
    errors = SettingsState.errors[form]
    return rx.el.details(
        rx.el.summary(title),
        rx.el.p(hint, class_name="hint"),
        _form(_password(form, errors), _code(form, errors), **sent),
        open=errors.contains("current") | errors.contains("code"),
        class_name="how",
    )


def _form(*fields: Any, button: str, action: str, look: str = "") -> rx.Component:
    return plain_form(
        *fields,
        rx.el.button(button, type="submit", class_name=f"button {look}".strip()),
        action=f"/auth/second-factor/{action}",
        method="post",
        class_name="form",
    )


def _password(form: str, errors: Any) -> rx.Component:
    return field(
        "Current password",
        "current",
        id=f"{form}-current",
        errors=errors,
        type="password",
        auto_complete="current-password",
        max_length=LENGTH_MAX,
        required=True,
        auto_focus=errors.contains("current"),
    )


def _code(form: str, errors: Any) -> rx.Component:
    return field(
        "Code of the app, or a recovery code",
        "code",
        id=f"{form}-code",
        errors=errors,
        auto_complete="one-time-code",
        max_length=CODE_MAX,
        required=True,
        auto_focus=errors.contains("code"),
        custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
    )


def recovery_codes_dialog() -> rx.Component:
    """Show the recovery codes, this once."""
    state = SecondFactorState
    lines = state.codes.join("\n")
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Your recovery codes"),
            rx.dialog.description(
                "Each lets you in once, with your password, when your phone is not at hand. Keep "
                "them away from it: PingPilot cannot show them again.",
                class_name="dialog-text",
            ),
            rx.el.ol(
                rx.foreach(state.codes, lambda code: rx.el.li(rx.el.code(code), key=code)),
                id="recovery-codes",
                class_name="recovery-codes",
            ),
            rx.el.div(
                copy_button(lines, "Copy the recovery codes"),
                rx.el.button(
                    rx.el.span(
                        icon("download", 14), rx.el.span("Download"), class_name="copy-idle"
                    ),
                    type="button",
                    class_name="copy",
                    custom_attrs={
                        "data-download": f"PingPilot recovery codes of {state.email}\n"
                        f"Each works once.\n\n{lines}\n",
                        "data-name": _FILE,
                    },
                ),
                class_name="buttons",
            ),
            rx.el.div(
                rx.el.button(
                    "I have kept them",
                    type="button",
                    on_click=state.forget,
                    class_name="button primary",
                ),
                class_name="dialog-actions",
            ),
            on_unmount=state.forget,
            class_name="dialog",
        ),
        open=state.codes.length() > 0,
    )
