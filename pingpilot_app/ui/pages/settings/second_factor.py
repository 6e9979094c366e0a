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

_FILE = "pingpilot-recovery-codes.txt"


def second_factor() -> rx.Component:
    """Show how it stands, and what can be done next."""
    return rx.match(
        SecondFactorState.stands,
        ("on", _on()),
        ("begun", _begun()),
        ("off", _off()),
        rx.fragment(),
    )


def _off() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            "Signing in then takes your password and a code of an authenticator app, such as the "
            "one on your phone. Whoever learns the password alone stays outside."
        ),
        error_text(SettingsState.errors["second-factor"], "code"),
        rx.cond(
            SecondFactorState.proven,
            _with_password("second-factor", "second-factor/begin", "Set it up", "primary"),
            rx.el.p(
                "Confirm your address first: letters about the second factor go there.",
                class_name="hint",
            ),
        ),
    )


def _begun() -> rx.Component:
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
                errors=SettingsState.errors["second-factor"],
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
            rx.el.p("The ones you have work no longer then.", class_name="hint"),
            _with_password("recovery-codes", "second-factor/codes", "Make new codes"),
        ),
        _folded(
            "Switch the second factor off",
            "second-factor-off",
            rx.el.p("Your password alone is enough to sign in then.", class_name="hint"),
            _with_password("second-factor-off", "second-factor/off", "Switch it off", "danger"),
        ),
    )


def _folded(title: str, form: str, *content: Any) -> rx.Component:
    return rx.el.details(
        rx.el.summary(title),
        *content,
        open=SettingsState.errors[form].contains("current"),
        class_name="how",
    )


def _with_password(form: str, action: str, button: str, look: str = "") -> rx.Component:
    errors = SettingsState.errors[form]
    return plain_form(
        field(
            "Current password",
            "current",
            id=f"{form}-current",
            errors=errors,
            type="password",
            auto_complete="current-password",
            max_length=LENGTH_MAX,
            required=True,
            auto_focus=errors.contains("current"),
        ),
        rx.el.button(button, type="submit", class_name=f"button {look}".strip()),
        action=f"/auth/{action}",
        method="post",
        class_name="form",
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
