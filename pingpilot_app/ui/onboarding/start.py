"""The way to the first event, as the feed shows it until there is one."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, holders_of
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.rights import may_not
from pingpilot_app.ui.components.snippet import PLACEHOLDER, copy_button, snippet_tabs
from pingpilot_app.ui.onboarding.state import OnboardingState
from pingpilot_app.ui.onboarding.steps import CATEGORY, KEY, Step


def start() -> rx.Component:
    """Show the steps, the code and that we listen; to those who set nothing up, that alone."""
    return rx.cond(may_not(Right.KEYS), _waiting(), _steps())


def _waiting() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Nothing has happened here yet"),
        rx.el.p(
            "The first event appears here by itself. "
            f"{holders_of(Right.KEYS).capitalize()} of this account set up what sends it.",
        ),
        _listening(),
        class_name="start",
    )


def _steps() -> rx.Component:
    state = OnboardingState
    return rx.el.section(
        rx.el.h2("Four steps to your first event"),
        rx.el.ol(rx.foreach(state.steps, _step), class_name="steps"),
        rx.cond(state.fresh_key != "", _fresh_key()),
        snippet_tabs(state.codes, "start"),
        rx.cond(state.fresh_key == "", _which_key()),
        _listening(),
        class_name="start",
    )


def _listening() -> rx.Component:
    return rx.el.p(
        rx.el.span(class_name="listening-dot"),
        "Listening for your first event…",
        class_name="listening",
        role="status",
    )


def step_mark(step: Step, index: Any) -> rx.Component:
    """Show the step's number, or that it is done."""
    return rx.el.span(
        rx.cond(step.done, icon("check", 14), rx.el.span(index + 1)), class_name="step-mark"
    )


def step_title(step: Step) -> rx.Component:
    """Name the step; who hears the page hears whether it is done."""
    return rx.fragment(step.title, rx.cond(step.done, rx.el.span(" (done)", class_name="sr-only")))


def _step(step: Step, index: int) -> rx.Component:
    return rx.el.li(
        step_mark(step, index),
        rx.el.div(rx.el.h3(step_title(step)), rx.el.p(step.text)),
        rx.cond(step.done, rx.fragment(), _act(step)),
        class_name=rx.cond(step.done, "step done", "step"),
    )


def _act(step: Step) -> rx.Component:
    return rx.match(
        step.name,
        (
            CATEGORY,
            rx.el.div(
                _button("Quick start 🐛 💰 🤔", OnboardingState.quick_start),
                link("Your own", to=step.path, class_name="button small"),
                class_name="buttons",
            ),
        ),
        (KEY, _button("Make a key", OnboardingState.make_key)),
        rx.cond(
            step.path != "",
            link("Open Channels", to=step.path, class_name="button small"),
        ),
    )


def _button(label: str, on_click: Any) -> rx.Component:
    return rx.el.button(label, type="button", on_click=on_click, class_name="button small primary")


def _fresh_key() -> rx.Component:
    key = OnboardingState.fresh_key
    return rx.el.div(
        rx.el.p(
            rx.el.strong("This is your key. "),
            "It is shown only now, and stands in the code below. Keep it where your integration "
            "finds it.",
        ),
        rx.el.div(
            rx.el.code(key, id="fresh-key"), copy_button(key, "Copy the key"), class_name="secret"
        ),
        rx.el.button(
            "I have copied it",
            type="button",
            on_click=OnboardingState.hide_key,
            class_name="button small",
        ),
        class_name="start-key",
        role="status",
    )


def _which_key() -> rx.Component:
    return rx.el.p(
        "Put your key in the place of ",
        rx.el.code(PLACEHOLDER),
        ". It is shown once, when you ",
        link("make it", to="/keys"),
        ".",
        class_name="hint",
    )
