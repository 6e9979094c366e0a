"""The way to an account of one's own, where the instance lets anybody open one."""

import reflex as rx

from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.policy import PolicyState


def sign_up_link(class_name: str = "button large") -> rx.Component:
    """Lead to the sign-up form; nothing where SIGNUP is not `open`."""
    return rx.cond(
        PolicyState.anybody_may_join,
        link("Create an account", to="/signup", class_name=class_name),
    )
