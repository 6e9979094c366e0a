"""How the keys look; what can be done with them is in state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.rights import for_those_who_may, looking, may
from pingpilot_app.ui.components.snippet import codes, snippet_tabs
from pingpilot_app.ui.pages.keys.dialogs import fresh_key_dialog, networks_dialog, rotation_dialog
from pingpilot_app.ui.pages.keys.form import key_form
from pingpilot_app.ui.pages.keys.state import KeyRow, KeysState
from pingpilot_app.ui.template import empty, inside


def keys_page() -> rx.Component:
    """Lay out the list, the form, how a key is used, and the dialogs."""
    state = KeysState
    return inside(
        "/keys",
        "Keys",
        "What your integrations show with every event. One for each makes it easy to revoke.",
        rx.cond(
            state.ready,
            rx.fragment(
                looking(Right.KEYS, "of this account make, change and revoke keys"),
                rx.cond(state.adding, key_form()),
                rx.cond(
                    state.rows,
                    rx.fragment(_list(), for_those_who_may(Right.KEYS, _use())),
                    rx.cond(state.adding, rx.fragment(), _none()),
                ),
            ),
            skeleton_rows(3),
        ),
        fresh_key_dialog(),
        rotation_dialog(),
        networks_dialog(),
        confirm(
            opened=state.doomed != "",
            title=f"Revoke the key {state.doomed_name}?",
            text=state.doomed_text,
            action="Revoke key",
            on_yes=state.revoke,
            on_no=state.keep,
        ),
        action=rx.cond(state.ready & ~state.adding & (state.rows.length() > 0), _new_button()),
    )


def _new_button() -> rx.Component:
    return for_those_who_may(
        Right.KEYS,
        rx.el.button(
            icon("plus", 16),
            "New key",
            type="button",
            on_click=KeysState.show_form(True),
            class_name="button primary",
        ),
    )


def _none() -> rx.Component:
    return empty(
        "key-round",
        "No keys yet",
        rx.cond(
            may(Right.KEYS),
            "Make one for your first integration. It is shown once, with code to try it in four "
            "languages.",
            "Every integration gets one of its own, and stands here by its name.",
        ),
        _new_button(),
    )


def _use() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Send an event", id="use-title"),
        rx.el.p(
            "Put a key of yours in the place of ",
            rx.el.code("pk_YOUR_KEY"),
            ". A new key comes with this code and the key already in it.",
            class_name="hint",
        ),
        snippet_tabs(codes(), "use"),
        class_name="use",
        aria_labelledby="use-title",
    )


def _list() -> rx.Component:
    return rx.el.ul(rx.foreach(KeysState.rows, _item), class_name="list keys")


def _item(row: KeyRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(row.name),
            rx.el.code(row.shown),
            rx.cond(
                row.state == "replaced",
                rx.el.span(
                    icon("refresh-cw", 13),
                    rx.el.span("Replaced, works until ", moment(row.expires, "exact")),
                    class_name="key-state",
                ),
            ),
            rx.cond(
                row.networks != "",
                rx.el.span(
                    icon("map-pin", 13),
                    rx.el.span("Only from ", row.networks),
                    class_name="key-from",
                ),
            ),
            class_name="list-name key-name",
        ),
        rx.el.div(
            _fact("Scopes", row.scopes.join(", "), "fact wide"),
            _fact("Created", moment(row.created, "date")),
            _fact("Last used", rx.cond(row.last_used != "", moment(row.last_used), "never")),
            _fact("Expires", rx.cond(row.expires != "", moment(row.expires, "date"), "never")),
            class_name="facts",
        ),
        rx.el.div(_end(row), class_name="list-end"),
        key=row.id,
        class_name=rx.cond(
            (row.state == "revoked") | (row.state == "expired"), "list-item faded", "list-item"
        ),
        custom_attrs={"data-state": row.state},
    )


def _fact(label: str, value: Any, class_name: str = "fact") -> rx.Component:
    return rx.el.div(
        rx.el.span(label, class_name="fact-label"), rx.el.span(value), class_name=class_name
    )


def _end(row: KeyRow) -> rx.Component:
    return rx.match(
        row.state,
        ("revoked", rx.el.span("Revoked ", moment(row.revoked, "date"), class_name="revoked")),
        ("expired", rx.el.span("Expired ", moment(row.expires, "date"), class_name="revoked")),
        ("replaced", for_those_who_may(Right.KEYS, _limit(row), _revoke(row))),
        for_those_who_may(Right.KEYS, _limit(row), _rotate(row), _revoke(row)),
    )


def _limit(row: KeyRow) -> rx.Component:
    return rx.el.button(
        "Addresses",
        type="button",
        on_click=KeysState.ask_networks(row.id),
        class_name="button small",
        aria_label=f"Addresses that may use the key {row.name}",
    )


def _rotate(row: KeyRow) -> rx.Component:
    return rx.el.button(
        "Rotate",
        type="button",
        on_click=KeysState.ask_rotation(row.id),
        class_name="button small",
        aria_label=f"Rotate the key {row.name}",
    )


def _revoke(row: KeyRow) -> rx.Component:
    return rx.el.button(
        "Revoke",
        type="button",
        on_click=KeysState.ask(row.id),
        class_name="button small",
        aria_label=f"Revoke the key {row.name}",
    )
