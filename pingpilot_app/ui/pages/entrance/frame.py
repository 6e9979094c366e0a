"""What the public forms look like."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.password import LENGTH_MIN
from pingpilot_app.ui.components.forms import check, field
from pingpilot_app.ui.components.html import icon, plain_form
from pingpilot_app.ui.pages.entrance.state import EntranceState
from pingpilot_app.ui.template import outside

HINT = f"At least {LENGTH_MIN} characters. A sentence that only you would think of is easy to keep."


def frame(title: str, lead: Any, *content: Any) -> rx.Component:
    """Lay out a public page with one card."""
    return outside(
        rx.el.section(
            rx.el.h1(title), rx.el.p(lead, class_name="lead"), *content, class_name="card entrance"
        )
    )


def form(action: str, *fields: Any, button: str) -> rx.Component:
    """Lay out a form that the browser sends, with what is wrong or done above it."""
    return rx.fragment(
        rx.cond(
            EntranceState.problem != "",
            rx.el.p(EntranceState.problem, class_name="error boxed", role="alert"),
        ),
        rx.cond(EntranceState.done != "", notice(EntranceState.done)),
        plain_form(
            *fields,
            rx.el.button(button, type="submit", class_name="button primary large"),
            action=action,
            method="post",
            class_name="form",
        ),
    )


def notice(*text: Any) -> rx.Component:
    """Say that something worked."""
    return rx.el.p(icon("circle-check", 16), rx.el.span(*text), class_name="notice", role="status")


def also(*links: Any) -> rx.Component:
    """Show other ways to go, beneath the form."""
    return rx.el.p(*links, class_name="also")


def hidden(name: str, value: Any) -> rx.Component:
    """Send something along with the form."""
    return rx.el.input(type="hidden", name=name, value=value)


def email_field(**props: Any) -> rx.Component:
    """Ask for the address."""
    kept = {"auto_focus": True, "required": True} | props
    return field(
        "Email",
        "email",
        errors=EntranceState.errors,
        type="email",
        auto_complete="username",
        max_length=254,
        **kept,
    )


def given_email(address: Any) -> rx.Component:
    """Show the address that the link is for; password managers keep it with the password."""
    return field(
        "Email", "email", type="email", auto_complete="username", value=address, read_only=True
    )


def password_field(**props: Any) -> rx.Component:
    """Ask for the password of the account."""
    return field(
        "Password",
        "password",
        errors=EntranceState.errors,
        type="password",
        auto_complete="current-password",
        required=True,
        **props,
    )


def new_password_field(label: str = "Password", **props: Any) -> rx.Component:
    """Ask for a password that is to be kept."""
    return field(
        label,
        "password",
        errors=EntranceState.errors,
        type="password",
        auto_complete="new-password",
        min_length=LENGTH_MIN,
        required=True,
        hint=HINT,
        **props,
    )


def quick_start() -> rx.Component:
    """Offer the first categories."""
    return check(
        "Begin with the categories 🐛 bug, 💰 sale and 🤔 question",
        "quick_start",
        default_checked=True,
    )


def waiting() -> rx.Component:
    """Hold the place of a form until the link has been looked up."""
    return rx.el.div(class_name="skeleton entrance-skeleton", aria_label="Loading", role="status")
