"""Fields of forms, with their labels, hints and errors."""

from typing import Any

import reflex as rx


def field(
    label: str, name: str, *, errors: Any = None, hint: Any = None, **props: Any
) -> rx.Component:
    """Show an input with its label above, and beneath it a hint and what `errors` has on it."""
    id_ = props.pop("id", f"field-{name}")
    entry = rx.el.input(name=name, id=id_, **props)
    return rx.el.div(
        rx.el.label(label, html_for=id_),
        _revealed(entry, id_) if props.get("type") == "password" else entry,
        rx.el.p(hint, class_name="hint") if hint is not None else rx.fragment(),
        error_text(errors, name) if errors is not None else rx.fragment(),
        class_name="field",
    )


def _revealed(entry: rx.Component, id_: str) -> rx.Component:
    """Let people see what they type (assets/scripts/reveal.js)."""
    return rx.el.div(
        entry,
        rx.el.button(
            rx.el.span("Show"),
            rx.el.span(" what is typed", class_name="sr-only"),
            type="button",
            class_name="quiet",
            custom_attrs={"data-reveal": id_},
        ),
        class_name="typed",
    )


def error_text(errors: Any, name: str) -> rx.Component:
    """Say what is wrong with the field; screen readers are told at once."""
    return rx.cond(errors.contains(name), rx.el.p(errors[name], class_name="error", role="alert"))


def check(label: Any, name: str, **props: Any) -> rx.Component:
    """Show a checkbox with its label."""
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, **props), rx.el.span(label), class_name="check"
    )
