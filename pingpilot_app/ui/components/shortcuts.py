"""The dialog that lists what the keys do (assets/scripts/keyboard.js)."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.navigation import GROUPS, closer, command_key, where_allowed

_LISTS = (
    (("j", "k"), "Next row or event, the one before"),
    (("Enter",), "Open the row"),
    (("c",), "Claim the event, or release it"),
    (("e",), "Resolve the event"),
    (("/",), "Search on the page"),
    (("Esc",), "Leave the search, close what is open"),
    (("p",), "Pause the feed, or let it go on"),
)


def shortcuts() -> rx.Component:
    """Lay out the dialog, closed until ? is pressed."""
    return rx.el.dialog(
        rx.el.header(
            rx.el.h2("Keyboard shortcuts"),
            closer("Close"),
            class_name="shortcuts-head",
        ),
        rx.el.h3("Anywhere"),
        rx.el.dl(
            _row("Search or jump", command_key()),
            _row("This list", rx.el.kbd("?")),
        ),
        rx.el.h3("In lists"),
        rx.el.dl(*[_row(what, *map(rx.el.kbd, keys)) for keys, what in _LISTS]),
        rx.el.h3("Go to"),
        rx.el.dl(
            *[
                where_allowed(page, _row(page[2], rx.el.kbd("g"), "then", rx.el.kbd(page[3])))
                for group in GROUPS
                for page in group
            ]
        ),
        id="shortcuts",
        class_name="shortcuts",
        aria_label="Keyboard shortcuts",
    )


def _row(what: str, *keys: Any) -> rx.Component:
    return rx.el.div(rx.el.dt(what), rx.el.dd(*keys))
