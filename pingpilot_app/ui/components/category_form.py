"""The form that makes a category, or changes one."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.ui.components.forms import check, error_text, field

COLORS = (
    ("#ff6b6b", "Red"),
    ("#ff922b", "Orange"),
    ("#ffeb3b", "Yellow"),
    ("#51cf66", "Green"),
    ("#22b8cf", "Cyan"),
    ("#4c6ef5", "Blue"),
    ("#6c5ce7", "Violet"),
    ("#868e96", "Grey"),
)
EMOJI = ("🐛", "💰", "🤔", "🎉", "🚀", "👤", "🔥", "💬", "📦", "⚠️")


@dataclass(frozen=True)
class FormTexts:
    """What the form is called, what its button says, and the hint under the name."""

    title: Any
    button: str
    hint: str


NEW = FormTexts(
    "New category",
    "Create category",
    "Letters, digits and hyphens. Integrations send it as category.",
)


def category_form(
    errors: Any, on_submit: Any, on_cancel: Any, *, texts: FormTexts = NEW, row: Any = None
) -> rx.Component:
    """Ask for name, colour, emoji and the button; `row` has those of a category that is changed."""
    return rx.el.form(
        rx.el.h2(texts.title),
        field(
            "Name",
            "name",
            errors=errors,
            hint=texts.hint,
            placeholder="user-signup",
            default_value=row.name if row is not None else "",
            max_length=64,
            pattern="[A-Za-z0-9\\-]+",
            title="Letters, digits and hyphens",
            required=True,
            auto_focus=True,
            auto_complete="off",
            custom_attrs={"autoCapitalize": "none", "spellCheck": "false"},
        ),
        rx.el.div(
            _color(errors, row.color if row is not None else "#4c6ef5"),
            _emoji(errors, row.own_emoji if row is not None else ""),
            class_name="two-fields",
        ),
        check(
            "Ask who is on it: messages have a button that claims the event",
            "acknowledge",
            default_checked=row.acknowledge if row is not None else True,
        ),
        rx.el.div(
            rx.el.button(texts.button, type="submit", class_name="button primary"),
            rx.el.button("Cancel", type="button", on_click=on_cancel, class_name="button"),
            class_name="buttons",
        ),
        on_submit=on_submit,
        class_name="card form",
    )


def _color(errors: Any, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label("Colour", html_for="field-color"),
        rx.el.div(
            rx.el.input(type="color", name="color", id="field-color", default_value=value),
            *[_swatch(color, name) for color, name in COLORS],
            class_name="choices",
        ),
        error_text(errors, "color"),
        class_name="field",
    )


def _swatch(color: str, name: str) -> rx.Component:
    return rx.el.button(
        type="button",
        class_name="swatch",
        style={"background": color},
        aria_label=name,
        title=name,
        custom_attrs={"data-fill": "field-color", "data-value": color},
    )


def _emoji(errors: Any, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.label("Emoji (optional)", html_for="field-emoji"),
        rx.el.div(
            rx.el.input(
                name="emoji",
                id="field-emoji",
                placeholder="🔔",
                default_value=value,
                max_length=16,
                auto_complete="off",
                class_name="emoji-input",
            ),
            *[_suggestion(emoji) for emoji in EMOJI],
            class_name="choices",
        ),
        error_text(errors, "emoji"),
        class_name="field",
    )


def _suggestion(emoji: str) -> rx.Component:
    return rx.el.button(
        emoji,
        type="button",
        class_name="suggestion",
        custom_attrs={"data-fill": "field-emoji", "data-value": emoji},
    )
