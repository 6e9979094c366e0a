"""How the keys look; what can be done with them is in state.py."""

import reflex as rx

from pingpilot_app.domain.api_key import DEFAULT_SCOPES
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.forms import check, error_text, field
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.snippet import copy_button, snippet
from pingpilot_app.ui.pages.keys.state import SCOPES, KeyRow, KeysState
from pingpilot_app.ui.template import empty, inside


def keys_page() -> rx.Component:
    """Lay out the list, the form and the dialogs."""
    state = KeysState
    return inside(
        "/keys",
        "Keys",
        "What your integrations show with every event. One for each makes it easy to revoke.",
        rx.cond(
            state.ready,
            rx.fragment(
                rx.cond(state.adding, _form()),
                rx.cond(state.rows, _list(), rx.cond(state.adding, rx.fragment(), _none())),
            ),
            skeleton_rows(3),
        ),
        _fresh_key(),
        confirm(
            opened=state.doomed != "",
            title=f"Revoke the key {state.doomed_name}?",
            text="Whatever uses it stops working at once. This cannot be undone.",
            action="Revoke key",
            on_yes=state.revoke,
            on_no=state.keep,
        ),
        action=rx.cond(state.ready & ~state.adding & (state.rows.length() > 0), _new_button()),
    )


def _new_button() -> rx.Component:
    return rx.el.button(
        icon("plus", 16),
        "New key",
        type="button",
        on_click=KeysState.show_form(True),
        class_name="button primary",
    )


def _none() -> rx.Component:
    return empty(
        "key-round",
        "No keys yet",
        "Make one for your first integration. It is shown once, with a command to try it.",
        _new_button(),
    )


def _form() -> rx.Component:
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


def _list() -> rx.Component:
    return rx.el.ul(rx.foreach(KeysState.rows, _item), class_name="list")


def _item(row: KeyRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(row.name),
            rx.el.code(row.shown),
            class_name="list-name key-name",
        ),
        rx.el.div(
            rx.el.div(
                rx.el.span("Scopes", class_name="fact-label"),
                rx.el.span(row.scopes.join(", ")),
                class_name="fact wide",
            ),
            rx.el.div(
                rx.el.span("Created", class_name="fact-label"),
                moment(row.created, "date"),
                class_name="fact",
            ),
            rx.el.div(
                rx.el.span("Last used", class_name="fact-label"),
                rx.cond(row.last_used != "", moment(row.last_used), "never"),
                class_name="fact",
            ),
            class_name="facts",
        ),
        rx.el.div(
            rx.cond(
                row.revoked != "",
                rx.el.span("Revoked ", moment(row.revoked, "date"), class_name="revoked"),
                rx.el.button(
                    "Revoke",
                    type="button",
                    on_click=KeysState.ask(row.id),
                    class_name="button small",
                    aria_label=f"Revoke the key {row.name}",
                ),
            ),
            class_name="list-end",
        ),
        key=row.id,
        class_name=rx.cond(row.revoked != "", "list-item faded", "list-item"),
    )


def _fresh_key() -> rx.Component:
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
            rx.el.p("Try it in a terminal:", class_name="dialog-text"),
            snippet(KeysState.command),
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
