"""The dialogs of the keys: a new one, shown once, and the question when one is replaced."""

import reflex as rx

from pingpilot_app.ui.components.snippet import copy_button, snippet_tabs
from pingpilot_app.ui.pages.keys.expiry import OVERLAPS, USUAL_OVERLAP
from pingpilot_app.ui.pages.keys.form import networks_field
from pingpilot_app.ui.pages.keys.state import KeysState


def fresh_key_dialog() -> rx.Component:
    """Show the new key, and code that uses it."""
    key = KeysState.fresh_key
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Your new key"),
            rx.dialog.description(
                "Copy it now: PingPilot keeps only its fingerprint and cannot show it again.",
                class_name="dialog-text",
            ),
            rx.el.div(
                rx.el.code(key, id="fresh-key"),
                copy_button(key, "Copy the key"),
                class_name="secret",
            ),
            rx.el.p("Try it, with the key already in it:", class_name="dialog-text"),
            snippet_tabs(KeysState.fresh_codes, "fresh"),
            rx.el.div(
                rx.el.button(
                    "I have copied it",
                    type="button",
                    on_click=KeysState.forget_key,
                    class_name="button primary",
                ),
                class_name="dialog-actions",
            ),
            on_escape_key_down=KeysState.forget_key,
            class_name="dialog wide",
        ),
        open=key != "",
    )


def rotation_dialog() -> rx.Component:
    """Ask how long the old key goes on working."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(f"Rotate the key {KeysState.rotating_name}?"),
            rx.dialog.description(
                "You get a new key with the same name, scopes and lifetime. Put it into your "
                "integration while the old one still works.",
                class_name="dialog-text",
            ),
            rx.el.form(
                rx.el.fieldset(
                    rx.el.legend("The old key works"),
                    *[_overlap(choice, text) for choice, (text, _) in OVERLAPS.items()],
                ),
                rx.el.div(
                    rx.el.button(
                        "Cancel",
                        type="button",
                        on_click=KeysState.ask_rotation(""),
                        class_name="button",
                    ),
                    rx.el.button("Rotate key", type="submit", class_name="button primary"),
                    class_name="dialog-actions",
                ),
                on_submit=KeysState.rotate,
                class_name="form",
            ),
            on_escape_key_down=KeysState.ask_rotation(""),
            class_name="dialog",
        ),
        open=KeysState.rotating != "",
    )


def networks_dialog() -> rx.Component:
    """Ask where a key may be used from."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(f"Where may {KeysState.limiting_name} be used?"),
            rx.dialog.description(
                "Requests with this key from elsewhere get 403. It holds within a second.",
                class_name="dialog-text",
            ),
            rx.el.form(
                networks_field("field-networks-of", KeysState.limiting_networks),
                rx.el.div(
                    rx.el.button(
                        "Cancel",
                        type="button",
                        on_click=KeysState.ask_networks(""),
                        class_name="button",
                    ),
                    rx.el.button("Save", type="submit", class_name="button primary"),
                    class_name="dialog-actions",
                ),
                on_submit=KeysState.change_networks,
                class_name="form",
            ),
            on_escape_key_down=KeysState.ask_networks(""),
            class_name="dialog",
        ),
        open=KeysState.limiting != "",
    )


def _overlap(choice: str, text: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio", name="overlap", value=choice, default_checked=choice == USUAL_OVERLAP
        ),
        rx.el.span(text),
        class_name="check",
    )
