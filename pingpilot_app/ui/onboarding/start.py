"""The way to the first event, as the feed shows it until there is one."""

import reflex as rx

from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.snippet import PLACEHOLDER, snippet
from pingpilot_app.ui.onboarding.state import OnboardingState, Step


def start() -> rx.Component:
    """Show the steps, the command and that we listen."""
    return rx.el.section(
        rx.el.h2("Four steps to your first event"),
        rx.el.ol(rx.foreach(OnboardingState.steps, _step), class_name="steps"),
        snippet(OnboardingState.command),
        rx.el.p(
            "Replace ",
            rx.el.code(PLACEHOLDER),
            " with your key. It is shown once, when you ",
            link("make it", to="/keys"),
            ".",
            class_name="hint",
        ),
        rx.el.p(
            rx.el.span(class_name="listening-dot"),
            "Listening for your first event…",
            class_name="listening",
        ),
        class_name="start",
    )


def _step(step: Step, index: int) -> rx.Component:
    return rx.el.li(
        rx.el.span(
            rx.cond(step.done, icon("check", 14), rx.el.span(index + 1)), class_name="step-mark"
        ),
        rx.el.div(
            rx.el.h3(step.title, rx.cond(step.done, rx.el.span(" (done)", class_name="sr-only"))),
            rx.el.p(step.text),
        ),
        rx.cond(
            step.done | (step.path == ""),
            rx.fragment(),
            link("Do it", to=step.path, class_name="button small", aria_label=step.title),
        ),
        class_name=rx.cond(step.done, "step done", "step"),
    )
