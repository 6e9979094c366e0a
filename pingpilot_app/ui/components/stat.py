"""Figures on cards."""

from typing import Any

import reflex as rx


def stat_card(label: str, value: Any, note: Any = None) -> rx.Component:
    """Show one figure under its name; `note` says what it is of, or how it moves."""
    return rx.el.div(
        rx.el.span(label, class_name="fact-label"),
        rx.el.strong(value, class_name="figure big"),
        rx.el.span(note, class_name="hint") if note is not None else rx.fragment(),
        class_name="card stat",
    )
