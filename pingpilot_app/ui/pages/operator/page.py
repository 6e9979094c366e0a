"""How it looks; what it does is in state.py and accounts.py."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.stat import stat_card
from pingpilot_app.ui.pages.operator.accounts_table import accounts_section
from pingpilot_app.ui.pages.operator.acts import acts_section
from pingpilot_app.ui.pages.operator.channel_cards import channel_cards
from pingpilot_app.ui.pages.operator.health import Fact, FactGroup
from pingpilot_app.ui.pages.operator.state import OperatorState
from pingpilot_app.ui.template import empty, inside
from pingpilot_app.version import VERSION


def operator_page() -> rx.Component:
    """Lay out the instance's health, its channels and its accounts."""
    state = OperatorState
    return inside(
        "/operator",
        "Operator",
        "The health of this PingPilot, where its channels go, and its accounts.",
        rx.cond(
            state.ready,
            rx.cond(state.allowed, _everything(), _not_allowed()),
            _skeleton(),
        ),
        confirm(
            opened=state.question != "",
            title=state.question,
            text=state.warning,
            action="Switch",
            on_yes=state.switch,
            on_no=state.keep,
            look="primary",
        ),
    )


def _everything() -> rx.Component:
    return rx.fragment(
        _verdict(),
        _queue(),
        rx.el.div(rx.foreach(OperatorState.groups, _group), class_name="fact-groups"),
        channel_cards(),
        accounts_section(),
        acts_section(),
        _about(),
    )


def _verdict() -> rx.Component:
    """Say whether all is well, or all that is not."""
    return rx.el.section(
        rx.el.h2("Health", class_name="sr-only"),
        rx.cond(
            OperatorState.problems,
            rx.fragment(
                icon("triangle-alert", 18),
                rx.el.ul(rx.foreach(OperatorState.problems, lambda one: rx.el.li(one, key=one))),
            ),
            rx.fragment(icon("circle-check", 18), rx.el.p("Everything works.")),
        ),
        role="status",
        class_name=rx.cond(OperatorState.problems, "verdict wrong", "verdict"),
    )


def _queue() -> rx.Component:
    row = OperatorState.queue
    return rx.el.div(
        stat_card(
            "Due now",
            row.due,
            rx.cond(
                row.oldest != "",
                rx.fragment("the oldest ", moment(row.oldest)),
                "nothing waits for its turn",
            ),
        ),
        stat_card("Waiting for a retry", row.retrying, "deliveries with a later try"),
        stat_card("With the worker", row.leased, _sending(row.sending)),
        stat_card(
            "Failed in 24 hours",
            row.failed_today,
            f"dead letters; {row.failed} are kept in all",
        ),
        class_name="figure-cards four",
    )


def _sending(sending: Any) -> rx.Component:
    return rx.cond(sending != "", f"leased; {sending} under way now", "leased")


def _group(group: FactGroup) -> rx.Component:
    return rx.el.section(
        rx.el.h3(group.name),
        rx.el.dl(rx.foreach(group.facts, _fact)),
        key=group.name,
        class_name="card fact-group",
    )


def _fact(fact: Fact) -> rx.Component:
    return rx.el.div(
        rx.el.dt(fact.name),
        rx.el.dd(
            rx.cond(fact.look == "bad", icon("circle-alert", 14)),
            rx.cond(fact.at != "", moment(fact.at), fact.value),
            class_name=f"figure {fact.look}",
        ),
        key=fact.name,
    )


def _about() -> rx.Component:
    return rx.el.p(
        f"PingPilot {VERSION}. Backup, restore, retention and the doctor are explained in ",
        rx.el.code("docs/operations.md"),
        ", which came with it; ",
        rx.el.code("pingpilot doctor"),
        " looks closer than this page.",
        class_name="hint operator-about",
    )


def _not_allowed() -> rx.Component:
    return empty(
        "lock",
        "This page is for operators",
        "It shows every account and the server itself. Ask whoever runs this PingPilot if you "
        "need something changed, such as your plan.",
        link("See your quota", to="/quota", class_name="button"),
    )


def _skeleton() -> rx.Component:
    return rx.el.div(
        rx.el.div(class_name="skeleton skeleton-verdict"),
        rx.el.div(
            *[rx.el.div(class_name="skeleton") for _ in range(4)], class_name="figure-cards four"
        ),
        rx.el.div(*[rx.el.div(class_name="skeleton") for _ in range(3)], class_name="fact-groups"),
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="skeletons operator-skeleton",
        aria_busy=True,
    )
