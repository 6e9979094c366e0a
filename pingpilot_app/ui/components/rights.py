"""What a page offers to whom. The guard (guard.py) protects; this saves people a refusal."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.shell import ShellState


def may(right: Right) -> Any:
    """Return a Var that is true where the viewer's role in the account allows it."""
    return ShellState.rights.contains(right.value)


def for_those_who_may(right: Right, *parts: rx.Component) -> rx.Component:
    """Show parts of a page to those alone who may do what they offer."""
    return rx.cond(may(right), rx.fragment(*parts))
