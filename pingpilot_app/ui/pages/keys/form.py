"""The form that makes a key."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.api_key import DEFAULT_SCOPES
from pingpilot_app.domain.network import NETWORKS_MAX
from pingpilot_app.ui.components.forms import check, error_text, field
from pingpilot_app.ui.pages.keys.acts import LIST_MAX
from pingpilot_app.ui.pages.keys.expiry import LIFETIMES, ON_DATE
from pingpilot_app.ui.pages.keys.state import SCOPES, KeysState


def key_form() -> rx.Component:
    """Ask for a name, what the key may do, and for how long."""
    return rx.el.form(
        rx.el.h2("New key"),
        field(
            "Name",
            "name",
            errors=KeysState.errors,
            hint="Which integration uses it, so that you know what you revoke.",
            placeholder="Web shop",
            max_length=80,
            required=True,
            auto_focus=True,
            auto_complete="off",
        ),
        rx.el.fieldset(
            rx.el.legend("It may"),
            *[
                check(
                    rx.fragment(text.capitalize(), " ", rx.el.code(scope.value)),
                    scope.value,
                    default_checked=scope in DEFAULT_SCOPES,
                )
                for scope, text in SCOPES
            ],
            error_text(KeysState.errors, "scopes"),
        ),
        _expiry(),
        networks_field("field-networks"),
        rx.el.div(
            rx.el.button("Create key", type="submit", class_name="button primary"),
            rx.el.button(
                "Cancel", type="button", on_click=KeysState.show_form(False), class_name="button"
            ),
            class_name="buttons",
        ),
        on_submit=KeysState.create,
        class_name="card form",
    )


def _expiry() -> rx.Component:
    return rx.el.div(
        rx.el.label("It expires", html_for="field-expiry"),
        rx.el.div(
            rx.el.select(
                *[rx.el.option(text, value=choice) for choice, text in LIFETIMES.items()],
                name="expiry",
                id="field-expiry",
                value=KeysState.expiry,
                on_change=KeysState.choose_expiry,
            ),
            rx.cond(
                KeysState.expiry == ON_DATE,
                rx.el.input(
                    type="date",
                    name="expires_on",
                    required=True,
                    aria_label="Last day, in UTC",
                    title="Last day, in UTC",
                ),
            ),
            class_name="expiry",
        ),
        error_text(KeysState.errors, "expires_on"),
        class_name="field",
    )


def networks_field(id_: str, value: Any = "") -> rx.Component:
    """Ask where a key may be used from."""
    return rx.el.div(
        rx.el.label("It may be used from", html_for=id_),
        rx.el.textarea(
            name="networks",
            id=id_,
            default_value=value,
            rows="3",
            max_length=LIST_MAX,
            placeholder="Anywhere",
            spell_check=False,
            auto_complete="off",
            aria_describedby=f"{id_}-hint",
        ),
        rx.el.p(
            "Addresses or networks, such as ",
            rx.el.code("192.0.2.7"),
            ", ",
            rx.el.code("192.0.2.0/24"),
            " or ",
            rx.el.code("2001:db8::/32"),
            f", at most {NETWORKS_MAX}. Empty: from anywhere.",
            id=f"{id_}-hint",
            class_name="hint",
        ),
        error_text(KeysState.errors, "networks"),
        class_name="field",
    )
