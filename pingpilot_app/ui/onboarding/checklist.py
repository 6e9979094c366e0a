"""The steps in short, beside other things."""

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.html import link
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.onboarding.start import step_mark, step_title
from pingpilot_app.ui.onboarding.state import OnboardingState
from pingpilot_app.ui.onboarding.steps import Step


def checklist() -> rx.Component:
    """Show what is done and what is left, to those who do it, until everything is done."""
    state = OnboardingState
    return rx.cond(
        state.ready & ~state.complete & may(Right.KEYS),
        rx.el.section(
            rx.el.header(
                rx.el.h2(
                    rx.cond(state.started, "Before the next event", "Getting started"),
                    id="checklist-title",
                ),
                rx.el.span(f"{state.done} of 4 done", class_name="hint figure"),
            ),
            rx.el.ol(rx.foreach(state.steps, _line)),
            rx.cond(
                state.started,
                rx.fragment(),
                rx.el.p(
                    rx.el.span(class_name="listening-dot"),
                    "Listening for your first event…",
                    class_name="listening",
                ),
            ),
            class_name="card checklist",
            aria_labelledby="checklist-title",
        ),
    )


def _line(step: Step, index: int) -> rx.Component:
    return rx.el.li(
        step_mark(step, index),
        rx.cond(
            step.done,
            rx.el.span(step_title(step)),
            link(step.title, to=rx.cond(step.path == "", "/feed", step.path)),
        ),
        class_name=rx.cond(step.done, "step done", "step"),
    )
