"""Commands that work when pasted."""

import shlex
from typing import Any

import reflex as rx

from pingpilot_app import settings
from pingpilot_app.ui.components.html import icon

PLACEHOLDER = "pk_…"

_COMMAND = """\
curl {url} \\
  -H "Authorization: Bearer {key}" \\
  -H "Content-Type: application/json" \\
  -d '{{
    "category": "{category}",
    "description": "Checkout fails for carts over 100 items",
    "fields": {{"severity": "high", "carts": 3}}
  }}'"""


def public_url() -> str:
    """Return the address that integrations use."""
    return settings.load().public_url


def curl(key: str = PLACEHOLDER, category: str = "bug") -> str:
    """Return a command that sends an event."""
    url = shlex.quote(public_url() + "/api/v1/event")
    return _COMMAND.format(url=url, key=key, category=category)


def snippet(command: Any, label: str = "Copy the command") -> rx.Component:
    """Show a command with a button that copies it."""
    return rx.el.div(
        rx.el.div(rx.el.span("Terminal"), copy_button(command, label), class_name="snippet-bar"),
        rx.el.pre(rx.el.code(command), tab_index=0, role="region", aria_label="Command"),
        class_name="snippet",
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
