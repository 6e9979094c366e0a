"""How one's own channels look; what they do is in own_state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.domain.severity import FIELDS
from pingpilot_app.ui.components.forms import check
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.pages.channels.card import cards_to_come, channel_cards
from pingpilot_app.ui.pages.channels.own_state import SOME, Choice, OwnChannelsState
from pingpilot_app.ui.pages.channels.page import whose_channels
from pingpilot_app.ui.template import empty, inside


def own_channels_page() -> rx.Component:
    """Lay out what arrives, by which channels, and what is chosen."""
    state = OwnChannelsState
    return inside(
        "/channels",
        "Channels",
        "Copies of this account's events for you alone. They never hold up the account's own.",
        rx.cond(
            state.ready,
            rx.cond(may(Right.OWN_CHANNELS), _desk(), _looking()),
            cards_to_come(),
        ),
        action=whose_channels("/channels/own"),
    )


def _desk() -> rx.Component:
    return rx.el.div(
        rx.el.p(icon("info", 15), rx.el.span(OwnChannelsState.summary), class_name="own-summary"),
        channel_cards(OwnChannelsState),
        _wishes(),
        class_name="own-channels",
    )


def _looking() -> rx.Component:
    return empty(
        "eye",
        "You look on in this account",
        f"{refusal_of(Right.OWN_CHANNELS)} Ask an owner or admin if you want copies of events.",
    )


def _wishes() -> rx.Component:
    state = OwnChannelsState
    said_in = ", ".join(FIELDS[:-1])
    return rx.el.section(
        rx.el.h2("Which events you want", id="wishes-title"),
        rx.el.form(
            _choice(
                "Categories",
                "All categories, new ones too",
                state.every_category,
                state.categories,
            ),
            _choice(
                "Severities",
                "All severities",
                state.every_severity,
                state.severities,
                hint=f"Read from an event's field {said_in} or {FIELDS[-1]}.",
            ),
            rx.el.div(
                rx.el.button("Save", type="submit", class_name="button primary"),
                rx.el.p(
                    rx.cond(state.kept != "", icon("check", 15)),
                    state.kept,
                    role="status",
                    class_name="good",
                ),
                class_name="buttons",
            ),
            on_submit=state.choose,
            class_name="form",
        ),
        class_name="card wishes",
        aria_labelledby="wishes-title",
    )


def _choice(
    legend: str, every_one: str, every: Any, choices: Any, *, hint: str = ""
) -> rx.Component:
    """Ask for all or some. It is drawn anew where what is kept changes, and at no other time."""
    name = legend.lower()
    return rx.el.fieldset(
        rx.el.legend(legend),
        rx.el.p(hint, class_name="hint") if hint else rx.fragment(),
        _way(every_one, name, "all", every),
        _way("Only those that are ticked", name, SOME, ~every),
        rx.el.div(rx.foreach(choices, _box), class_name="ticks"),
        key=f"{every} {choices.to_string()}",
        class_name="wish",
    )


def _way(label: str, name: str, value: str, chosen: Any) -> rx.Component:
    return rx.el.label(
        rx.el.input(type="radio", name=name, value=value, default_checked=chosen),
        rx.el.span(label),
        class_name="check",
    )


def _box(choice: Choice) -> rx.Component:
    return check(choice.label, choice.name, default_checked=choice.ticked)
