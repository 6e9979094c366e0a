"""A question before something that cannot be taken back."""

from typing import Any

import reflex as rx


def confirm(
    *,
    opened: Any,
    title: Any,
    text: Any,
    action: str,
    on_yes: Any,
    on_no: Any,
    look: Any = "danger",
) -> rx.Component:
    """Ask; Escape and the first button cancel. `look` is "danger" where something is gone."""
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(title),
            rx.alert_dialog.description(text, class_name="dialog-text"),
            rx.el.div(
                rx.alert_dialog.cancel(
                    rx.el.button("Cancel", type="button", on_click=on_no, class_name="button")
                ),
                rx.el.button(action, type="button", on_click=on_yes, class_name=f"button {look}"),
                class_name="dialog-actions",
            ),
            on_escape_key_down=on_no,
            class_name="dialog",
        ),
        open=opened,
    )
