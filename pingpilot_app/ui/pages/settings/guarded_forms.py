"""The forms that need the password once more: the browser sends them to `/auth/`."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.password import LENGTH_MIN
from pingpilot_app.ui.components.forms import check, error_text, field
from pingpilot_app.ui.components.html import plain_form, plain_link
from pingpilot_app.ui.pages.entrance.frame import HINT
from pingpilot_app.ui.pages.settings.state import SettingsState


def email_form() -> rx.Component:
    """Ask for another address."""
    return _form(
        "email",
        _field(
            *("email", "New email", "email"),
            type="email",
            auto_complete="email",
            max_length=254,
            hint="A link goes there; the change is made when you open it. Where your alerts go is "
            "set under Channels.",
        ),
        _current("email"),
        button="Change email",
    )


def password_form() -> rx.Component:
    """Ask for the present password and another one."""
    return _form(
        "password",
        rx.el.input(
            type="email",
            name="username",
            value=SettingsState.email,
            read_only=True,
            auto_complete="username",
            aria_label="Email",
            class_name="sr-only",
            tab_index=-1,
        ),
        _current("password"),
        _field(
            *("password", "New password", "password"),
            type="password",
            auto_complete="new-password",
            min_length=LENGTH_MIN,
            hint=HINT,
        ),
        button="Change password",
    )


def delete_form() -> rx.Component:
    """Offer the export, then ask for all that makes it certain."""
    return rx.fragment(
        rx.el.p(
            "All events with their deliveries, all categories, keys and channels of this account "
            "are deleted, and everybody is signed out of it. What uses its keys is refused from "
            "then on. This cannot be undone."
        ),
        rx.el.p(
            plain_link("Download everything", href="/auth/export", class_name="button"),
            rx.el.span(" as one JSON file, without secrets.", class_name="hint"),
        ),
        _form(
            "delete",
            _field(
                *("delete", "Your email, to confirm", "confirm"),
                type="email",
                auto_complete="off",
                placeholder=SettingsState.email,
                max_length=254,
            ),
            _current("delete"),
            rx.cond(SettingsState.only_operator, _last_operator()),
            button="Delete this account",
            look="danger",
        ),
    )


def _last_operator() -> rx.Component:
    errors = SettingsState.errors["delete"]
    return rx.el.div(
        rx.el.p(
            rx.cond(
                SettingsState.only_person,
                "Nobody else has an account here. Without you this PingPilot is fresh again: the "
                "next person who opens it becomes its operator.",
                rx.fragment(
                    "You are the only operator. Nobody will be able to invite people or to look "
                    "after this PingPilot in the dashboard, until somebody is made operator on "
                    "the server: ",
                    rx.el.code("python -m pingpilot_app account operator EMAIL on"),
                ),
            ),
            class_name="words",
        ),
        check("I understand, and want to leave all the same", "understood"),
        error_text(errors, "understood"),
        class_name="field",
    )


def _form(name: str, *fields: Any, button: str, look: str = "primary") -> rx.Component:
    return plain_form(
        *fields,
        rx.el.button(button, type="submit", class_name=f"button {look}"),
        action=f"/auth/{name}",
        method="post",
        class_name="form",
    )


def _current(form: str) -> rx.Component:
    return _field(
        *(form, "Current password", "current"),
        type="password",
        auto_complete="current-password",
    )


def _field(form: str, label: str, name: str, **props: Any) -> rx.Component:
    """Show a field of a form; where something is wrong with it, the page opens there."""
    errors = SettingsState.errors[form]
    return field(
        label,
        name,
        id=f"{form}-{name}",
        errors=errors,
        required=True,
        auto_focus=errors.contains(name),
        **props,
    )
