"""Fields of forms, with their labels, hints and errors."""

from typing import Any

import reflex as rx


def field(
    label: str, name: str, *, errors: Any = None, hint: Any = None, **props: Any
) -> rx.Component:
    """Show an input with its label above, and beneath it a hint and what `errors` has on it."""
    id_ = props.pop("id", f"field-{name}")
    return rx.el.div(
        rx.el.label(label, html_for=id_),
        rx.el.input(name=name, id=id_, **props),
        rx.el.p(hint, class_name="hint") if hint is not None else rx.fragment(),
        error_text(errors, name) if errors is not None else rx.fragment(),
        class_name="field",
    )


def error_text(errors: Any, name: str) -> rx.Component:
    """Say what is wrong with the field; screen readers are told at once."""
    return rx.cond(errors.contains(name), rx.el.p(errors[name], class_name="error", role="alert"))


def check(label: Any, name: str, **props: Any) -> rx.Component:
    """Show a checkbox with its label."""
    return rx.el.label(
        rx.el.input(type="checkbox", name=name, **props), rx.el.span(label), class_name="check"
    )
