"""The steps that every channel's set-up is made of; the one that comes next is open.

`desk` is the state behind them: whose channels these are (desk.py).
"""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.pages.channels.desk import Desk

ADDRESS, PROOF, TRIAL = 1, 2, 3

DeskOf = type[Desk]


def current_step(desk: DeskOf, channel: Channel) -> Any:
    """Return the number of the step that comes next."""
    card = desk.cards[channel.value]
    return rx.cond(
        (desk.editing == channel.value) | (card.state == "unset"),
        ADDRESS,
        rx.cond(card.state == "unverified", PROOF, TRIAL),
    )


def setup_step(
    desk: DeskOf, place: tuple[Channel, int], title: str, *content: Any, summary: Any = None
) -> rx.Component:
    """Lay out one step; `summary` is shown in the place of its content once it is done."""
    channel, number = place
    now = current_step(desk, channel)
    done = now > number
    return rx.el.li(
        rx.el.div(
            rx.el.span(
                rx.cond(done, icon("check", 13), rx.el.span(number)), class_name="step-mark"
            ),
            rx.el.h3(title, rx.cond(done, rx.el.span(" (done)", class_name="sr-only"))),
            class_name="setup-title",
        ),
        rx.cond(
            now == number,
            rx.el.div(*content, class_name="setup-body"),
            rx.cond(done, summary) if summary is not None else rx.fragment(),
        ),
        class_name=rx.cond(done, "setup-step done", "setup-step"),
        aria_current=rx.cond(now == number, "step", "false"),
    )


def address_step(
    desk: DeskOf,
    channel: Channel,
    title: str,
    *how: Any,
    label: str,
    button: str,
    on_submit: Any,
    **props: Any,
) -> rx.Component:
    """Ask for the address; `how` says where it is found. Further props are the input's."""
    return setup_step(
        desk,
        (channel, ADDRESS),
        title,
        *how,
        rx.el.form(
            rx.el.input(type="hidden", name="channel", value=channel.value),
            field(
                label, "address", id=f"{desk.prefix}address-{channel.value}", required=True, **props
            ),
            rx.el.div(
                rx.el.button(button, type="submit", class_name="button primary"),
                rx.cond(
                    desk.editing == channel.value,
                    rx.el.button(
                        "Cancel",
                        type="button",
                        on_click=desk.edit(""),
                        class_name="button",
                    ),
                ),
                class_name="buttons",
            ),
            on_submit=on_submit,
            class_name="form",
        ),
        came_back(desk, channel),
        summary=_address(desk, channel),
    )


def _address(desk: DeskOf, channel: Channel) -> rx.Component:
    at = "@" if channel is Channel.TELEGRAM else ""
    return rx.el.div(
        rx.el.span(at, desk.cards[channel.value].label, class_name="address"),
        rx.el.button(
            "Change",
            type="button",
            on_click=desk.edit(channel.value),
            class_name="button small",
            aria_label=f"Change the {channel.label} address",
        ),
        class_name="address-row",
    )


def proof_step(desk: DeskOf, channel: Channel, title: str, *content: Any) -> rx.Component:
    """Have the owner prove that the address is theirs."""
    verified_at = desk.cards[channel.value].verified_at
    return setup_step(
        desk,
        (channel, PROOF),
        title,
        rx.cond(desk.cards[channel.value].once_more, _once_more()),
        *content,
        summary=rx.cond(
            verified_at != "",
            rx.el.p("Verified ", moment(verified_at, "date"), class_name="hint setup-summary"),
        ),
    )


def _once_more() -> rx.Component:
    return rx.el.p(
        icon("info", 15),
        "This was verified in the sandbox, where messages reach nobody. They leave this PingPilot "
        "now, so prove once more that it is yours.",
        class_name="hint",
    )


def code_form(desk: DeskOf, channel: Channel, hint: str) -> rx.Component:
    """Ask for the code that was sent."""
    card = desk.cards[channel.value]
    return rx.el.form(
        rx.el.input(type="hidden", name="channel", value=channel.value),
        field(
            "Code",
            "code",
            id=f"{desk.prefix}code-{channel.value}",
            hint=hint,
            input_mode="numeric",
            auto_complete="one-time-code",
            pattern=" *[0-9]{6} *",
            title="The six digits of the message",
            placeholder="123456",
            required=True,
            class_name="code-input",
        ),
        rx.el.div(
            rx.el.button("Verify", type="submit", class_name="button primary"),
            rx.el.button(
                "Send a new code",
                type="button",
                on_click=desk.send_code({"channel": channel.value, "address": card.label}),
                class_name="button",
            ),
            class_name="buttons",
        ),
        on_submit=desk.confirm,
        reset_on_submit=True,
        class_name="form",
    )


def trial_step(desk: DeskOf, channel: Channel) -> rx.Component:
    """Send a test, and show right there what came back."""
    name, state = channel.value, desk
    trying = state.trying == name
    return setup_step(
        desk,
        (channel, TRIAL),
        "See a test arrive",
        rx.el.div(
            rx.el.button(
                rx.cond(trying, "Sending…", "Send test"),
                type="button",
                on_click=[state.begin_test(name), state.send_test(name)],
                aria_disabled=trying,  # not disabled: that would take the focus away
                class_name=rx.cond(state.cards[name].state == "broken", "button primary", "button"),
            ),
            class_name="buttons",
        ),
        came_back(desk, channel),
        rx.el.div(_trial(desk, channel), role="status", class_name="trial-place"),
    )


def _trial(desk: DeskOf, channel: Channel) -> rx.Component:
    trial = desk.trials[channel.value]
    return rx.cond(
        desk.trials.contains(channel.value) & (trial.title != ""),
        rx.el.div(
            rx.el.p(
                rx.cond(trial.arrived, icon("check", 15), icon("triangle-alert", 15)),
                rx.el.strong(trial.title),
                class_name=rx.cond(trial.arrived, "good", "error"),
            ),
            rx.cond(trial.words != "", _words(trial)),
            rx.el.p(trial.note),
            rx.cond(trial.steps, rx.el.ol(rx.foreach(trial.steps, rx.el.li), class_name="mend")),
            class_name="trial",
        ),
    )


def _words(trial: Any) -> rx.Component:
    return rx.el.p(
        rx.cond(
            trial.arrived,
            rx.fragment("It answered: ", rx.el.code(trial.words)),
            rx.el.q(trial.words),
        ),
        class_name="words",
    )


def came_back(desk: DeskOf, channel: Channel) -> rx.Component:
    """Show what came back of the last step."""
    said, wrong = desk.said, desk.wrong
    name = channel.value
    return rx.el.div(
        rx.cond(
            said.contains(name) & (said[name] != ""),
            rx.el.p(icon("check", 15), said[name], class_name="good"),
        ),
        rx.cond(
            wrong.contains(name) & (wrong[name] != ""),
            rx.el.p(icon("triangle-alert", 15), wrong[name], class_name="error"),
        ),
        role="status",
    )


def way(*places: str) -> rx.Component:
    """Show where to go in an app, as the app names the places."""
    parts: list[rx.Component] = []
    for place in places:
        if parts:
            parts.append(rx.el.span("→", aria_hidden=True))
        parts.append(rx.el.span(place, class_name="place"))
    return rx.el.span(*parts, class_name="way")


def how(*lines: Any) -> rx.Component:
    """Show what to do in the provider's app, line by line."""
    return rx.el.ol(*[rx.el.li(line) for line in lines], class_name="how-to")
