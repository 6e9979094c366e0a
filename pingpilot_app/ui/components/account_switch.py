"""Turning to another account: a form, for the whole page is of one account."""

import reflex as rx

from pingpilot_app.ui.components.html import icon, plain_form
from pingpilot_app.ui.shell import AccountPlace, ShellState


def account_switch() -> rx.Component:
    """Show which account this is, and the others where the viewer belongs to several."""
    return rx.cond(
        ShellState.accounts.length() > 1,
        rx.el.details(
            rx.el.summary(
                rx.el.span("Account", class_name="sr-only"),
                rx.el.span(ShellState.account, class_name="turn-name", dir="auto"),
                icon("chevrons-up-down", 14),
                title=ShellState.account,
            ),
            plain_form(
                rx.foreach(ShellState.accounts, _place),
                action="/auth/switch",
                method="post",
                class_name="turn-places",
            ),
            class_name="turn",
        ),
    )


def _place(place: AccountPlace) -> rx.Component:
    return rx.el.button(
        rx.el.span(place.name, class_name="turn-name", dir="auto"),
        rx.cond(
            place.here,
            rx.fragment(icon("check", 14), rx.el.span("shown now", class_name="sr-only")),
            rx.el.span(place.role, class_name="hint"),
        ),
        type="submit",
        name="account",
        value=place.id,
        disabled=place.here,
        key=place.id,
        title=place.name,
        class_name="turn-place",
    )
