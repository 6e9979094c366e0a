"""What a page offers to whom. The guard (guard.py) protects; this saves people a refusal."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.shell import ShellState


def may(right: Right) -> Any:
    """Return a Var that is true where the viewer's role in the account allows it."""
    return ShellState.rights.contains(right.value)


def may_not(right: Right) -> Any:
    """Return a Var that is true where it is known that the viewer's role does not allow it."""
    return ShellState.ready & ~may(right)


def for_those_who_may(right: Right, *parts: rx.Component) -> rx.Component:
    """Show parts of a page to those alone who may do what they offer."""
    return rx.cond(may(right), rx.fragment(*parts))


def looking(right: Right, doing: str) -> rx.Component:
    """Tell those who may not who does it: `doing` is as in "owners and admins add categories"."""
    holders = holders_of(right).capitalize()
    return rx.cond(
        may_not(right),
        rx.el.p(icon("eye", 15), f"{holders} {doing}. You may look.", class_name="looking"),
    )
