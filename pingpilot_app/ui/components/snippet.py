"""Commands and code that work when pasted."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML

from pingpilot_app import settings
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.languages import LANGUAGES, Call, Language
from pingpilot_app.ui.components.languages import curl as curl_of

PLACEHOLDER = "pk_YOUR_KEY"


class Tabs(BaseHTML):
    """Tabs that remember what was chosen, on every page (assets/scripts/tabs.js)."""

    tag = "Tabs"

    def _get_tag_name(self) -> str:
        return '"pp-tabs"'  # Reflex makes identifiers of `tag`, where a hyphen cannot be


def public_url() -> str:
    """Return the address that integrations use."""
    return settings.load().public_url


def curl(key: str = PLACEHOLDER, category: str = "bug") -> str:
    """Return a command that sends an event."""
    return curl_of(_call(key, category))


def codes(key: str = PLACEHOLDER, category: str = "bug") -> dict[str, str]:
    """Return the code that sends an event, by the language's name."""
    call = _call(key, category)
    return {language.name: language.write(call) for language in LANGUAGES}


def _call(key: str, category: str) -> Call:
    return Call(public_url() + "/api/v1/event", key, category)


def snippet(command: Any, label: str = "Copy the command") -> rx.Component:
    """Show a command with a button that copies it."""
    return rx.el.div(
        rx.el.div(rx.el.span("Terminal"), copy_button(command, label), class_name="snippet-bar"),
        rx.el.pre(rx.el.code(command), tab_index=0, role="region", aria_label="Command"),
        class_name="snippet",
    )


def snippet_tabs(by_language: Any, name: str) -> rx.Component:
    """Show what `codes` gave, a tab for each language; `name` tells it from others on the page."""
    first = LANGUAGES[0]
    return Tabs.create(
        rx.el.div(
            *[_tab(language, name, chosen=language is first) for language in LANGUAGES],
            role="tablist",
            aria_label="Language",
            class_name="snippet-tabs",
        ),
        *[
            _panel(language, name, by_language[language.name], chosen=language is first)
            for language in LANGUAGES
        ],
        class_name="snippet",
    )


def _tab(language: Language, name: str, *, chosen: bool) -> rx.Component:
    return rx.el.button(
        language.label,
        type="button",
        role="tab",
        id=f"{name}-tab-{language.name}",
        tab_index=0 if chosen else -1,
        aria_selected=chosen,
        aria_controls=f"{name}-{language.name}",
        custom_attrs={"data-tab": language.name},
    )


def _panel(language: Language, name: str, code: Any, *, chosen: bool) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(language.place),
            copy_button(code, f"Copy the {language.label} code"),
            class_name="snippet-bar",
        ),
        rx.el.pre(
            rx.el.code(code), tab_index=0, role="region", aria_label=f"{language.label} code"
        ),
        role="tabpanel",
        id=f"{name}-{language.name}",
        hidden=not chosen,
        aria_labelledby=f"{name}-tab-{language.name}",
    )


def copy_button(text: Any, label: str) -> rx.Component:
    """Copy `text` (assets/scripts/copy.js: works without HTTPS too)."""
    return rx.el.button(
        rx.el.span(icon("copy", 14), rx.el.span("Copy"), class_name="copy-idle"),
        rx.el.span(icon("check", 14), rx.el.span("Copied"), class_name="copy-done"),
        type="button",
        class_name="copy",
        aria_label=label,
        custom_attrs={"data-copy": text},
    )
