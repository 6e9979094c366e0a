"""Light, dark, or as the system has it."""

import reflex as rx

from pingpilot_app.ui.components.html import icon

MODES = (("light", "sun", "Light"), ("dark", "moon", "Dark"), ("system", "monitor", "System"))


def theme_toggle() -> rx.Component:
    """Show the three choices."""
    return rx.el.div(
        *[_choice(*mode) for mode in MODES],
        role="group",
        aria_label="Theme",
        class_name="theme-toggle",
    )


def _choice(mode: str, symbol: str, label: str) -> rx.Component:
    return rx.el.button(
        icon(symbol, 15),
        type="button",
        on_click=rx.style.set_color_mode(mode),
        aria_label=f"{label} theme",
        aria_pressed=rx.style.color_mode == mode,
        title=f"{label} theme",
    )
