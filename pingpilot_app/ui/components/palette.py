"""The command palette: one field that leads everywhere. assets/scripts/palette.js filters it."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.html import icon, link, plain_form
from pingpilot_app.ui.components.navigation import (
    GROUPS,
    OPERATOR_PAGES,
    Page,
    where_allowed,
)
from pingpilot_app.ui.components.theme_toggle import MODES
from pingpilot_app.ui.palette import CategoryPlace, KeyPlace, PaletteState
from pingpilot_app.ui.shell import ShellState

_SIGN_OUT = "palette-sign-out"
# What is in the field when the option is chosen: it is not sent with every letter.
_TYPED = rx.Var("document.getElementById('palette-input').value").to(str)


def palette() -> rx.Component:
    """Lay out the palette, closed until its key or its button is pressed."""
    return rx.el.dialog(
        _field(),
        rx.el.div(
            _group("Pages", *_pages()),
            _group("Categories", rx.foreach(PaletteState.categories, _category)),
            _group("Keys", rx.foreach(PaletteState.keys, _key)),
            _group("Commands", *_commands()),
            _group("Events", *_events()),
            id="palette-list",
            role="listbox",
            aria_label="Where to go",
            class_name="palette-list",
        ),
        _foot(),
        plain_form(action="/auth/logout", method="post", id=_SIGN_OUT),
        id="palette",
        class_name="palette",
        aria_label="Search or jump",
    )


def _field() -> rx.Component:
    return rx.el.div(
        icon("search", 17),
        rx.el.input(
            id="palette-input",
            type="text",
            role="combobox",
            placeholder="Search or jump…",
            auto_complete="off",
            spell_check=False,
            on_focus=PaletteState.load,
            class_name="palette-input",
            aria_label="Search or jump to a page, a category, a key or an event",
            aria_expanded=True,
            aria_controls="palette-list",
            aria_autocomplete="list",
        ),
        rx.el.button(
            rx.el.kbd("Esc"),
            type="button",
            class_name="escape",
            aria_label="Close",
            custom_attrs={"data-closes": ""},
        ),
        class_name="palette-head",
    )


def _group(name: str, *options: Any) -> rx.Component:
    return rx.el.div(
        rx.el.div(name, class_name="palette-group", aria_hidden=True),
        *options,
        role="group",
        aria_label=name,
    )


def _pages() -> list[rx.Component]:
    pages = [where_allowed(page, _page(page)) for group in GROUPS for page in group]
    operator = rx.fragment(*[_page(page) for page in OPERATOR_PAGES])
    return [*pages, rx.cond(ShellState.is_operator, operator)]


def _page(page: Page) -> rx.Component:
    path, symbol, name, key = page
    keys = (rx.el.kbd("g"), " ", rx.el.kbd(key)) if key else ()
    return _place(icon(symbol, 17), name, rx.el.span(*keys, aria_hidden=True), to=path)


def _category(category: CategoryPlace) -> rx.Component:
    dot = rx.el.span(class_name="dot", style={"background": category.color})
    return _place(
        rx.el.span(dot, class_name="palette-symbol"),
        rx.fragment(category.name, " ", rx.el.span(category.emoji, aria_hidden=True)),
        "Category",
        to=category.path,
        key=category.name,
    )


def _key(key: KeyPlace) -> rx.Component:
    return _place(icon("key-round", 17), key.name, rx.el.code(key.shown), to=key.path, key=key.id)


def _place(symbol: rx.Component, name: Any, note: Any, **props: Any) -> rx.Component:
    return link(*_parts(symbol, name, note), **_OPTION, **props)


def _commands() -> list[rx.Component]:
    themes = [
        _command(
            icon(symbol, 17),
            f"{label} theme",
            on_click=rx.style.set_color_mode(mode),
            words="theme",
        )
        for mode, symbol, label in MODES
    ]
    return [
        *themes,
        _command(icon("keyboard", 17), "Keyboard shortcuts", "?", opens="shortcuts", words="help"),
        _command(
            icon("log-out", 17), "Sign out", type="submit", form=_SIGN_OUT, words="log out leave"
        ),
    ]


def _command(
    symbol: rx.Component,
    name: str,
    note: str = "",
    *,
    words: str = "",
    opens: str = "",
    **props: Any,
) -> rx.Component:
    attributes = {"data-words": words} | ({"data-opens": opens} if opens else {})
    return rx.el.button(
        *_parts(symbol, name, rx.el.kbd(note, aria_hidden=True) if note else ""),
        **{"type": "button", **_OPTION, **props},
        custom_attrs=attributes,
    )


def _events() -> list[rx.Component]:
    return [
        _typed("search", "event", "Open event ", rx.el.code(custom_attrs={"data-echo": ""})),
        _typed(
            "search",
            "search",
            "Search events for “",
            rx.el.span(custom_attrs={"data-echo": ""}),
            "”",
        ),
    ]


def _typed(symbol: str, kind: str, *name: Any) -> rx.Component:
    return rx.el.button(
        *_parts(icon(symbol, 17), rx.fragment(*name), ""),
        type="button",
        on_click=PaletteState.follow(_TYPED),
        hidden=True,
        custom_attrs={"data-typed": kind},
        **_OPTION,
    )


_OPTION: dict[str, Any] = {"role": "option", "tab_index": -1, "class_name": "palette-option"}


def _parts(symbol: rx.Component, name: Any, note: Any) -> tuple[rx.Component, ...]:
    return (
        symbol,
        rx.el.span(name, class_name="palette-name", dir="auto"),
        rx.el.span(note, class_name="palette-note"),
    )


def _foot() -> rx.Component:
    return rx.el.div(
        rx.el.span(rx.el.kbd("↑"), rx.el.kbd("↓"), " to move"),
        rx.el.span(rx.el.kbd("↵"), " to open"),
        rx.el.span("Paste an event’s id to open it"),
        class_name="palette-foot",
        aria_hidden=True,
    )
