"""The channels of the whole instance, side by side."""

import reflex as rx

from pingpilot_app.ui.components.channel import channel_icon
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.pages.operator.channels import ChannelRow
from pingpilot_app.ui.pages.operator.state import OperatorState


def channel_cards() -> rx.Component:
    """Show each channel's gate, its failures, and the switch of where it goes."""
    return rx.el.section(
        rx.el.h2("Channels"),
        rx.el.p(
            "For all accounts together. Each goes to its real provider or to the ",
            link("sandbox", to="/sandbox"),
            ", where nothing leaves this machine.",
            class_name="hint",
        ),
        rx.el.div(rx.foreach(OperatorState.channels, _card), class_name="channels"),
        class_name="operator-section",
    )


def _card(row: ChannelRow) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.span(channel_icon(row.label, 18), class_name="channel-symbol"),
            rx.el.div(
                rx.el.h3(row.label),
                rx.el.p(_gate_mark(row.gate), rx.el.span(row.words), class_name="gate"),
            ),
            class_name="channel-head",
        ),
        rx.cond(row.since != "", _outage(row)),
        _failures(row),
        _outlet(row),
        key=row.name,
        id=f"operator-{row.name}",
        class_name="card channel",
        custom_attrs={"data-gate": row.gate, "data-sandboxed": row.sandboxed.to_string()},
    )


def _gate_mark(gate: rx.Var) -> rx.Component:
    return rx.match(
        gate,
        ("OPEN", icon("circle-check", 14)),
        ("PROBE", icon("loader", 14)),
        ("SHUT", icon("octagon-x", 14)),
        icon("circle", 14),
    )


def _outage(row: ChannelRow) -> rx.Component:
    return rx.el.div(
        rx.el.p(
            "Since ",
            rx.el.strong(moment(row.since, "time")),
            " (",
            moment(row.since),
            ")",
            rx.cond(row.said != "", rx.fragment(": ", rx.el.q(row.said))),
            ". ",
            row.meaning,
        ),
        rx.el.p("The next try is ", moment(row.retry_at), "."),
        class_name="gate-outage",
    )


def _failures(row: ChannelRow) -> rx.Component:
    return rx.el.div(
        rx.el.dl(
            _figure("Failed in 24 hours", row.failed_today),
            _figure("Failed in all", row.failed),
            _figure("Destinations on hold", row.held),
            class_name="gate-figures",
        ),
        rx.cond(
            row.common != "",
            rx.el.p(
                rx.el.strong("Most common: "),
                row.common,
                rx.cond(row.advice != "", rx.fragment(". Its owner is told: ", row.advice)),
                class_name="words",
            ),
        ),
    )


def _figure(name: str, value: rx.Var) -> rx.Component:
    return rx.el.div(rx.el.dt(name, class_name="fact-label"), rx.el.dd(value, class_name="figure"))


def _outlet(row: ChannelRow) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span("Goes to", class_name="fact-label"),
            rx.el.strong(row.goes_to),
            rx.cond(row.target != "", rx.el.code(row.target, class_name="outlet-target")),
        ),
        rx.el.label(
            rx.el.span(
                rx.cond(row.sandboxed, "Sandbox on", "Sandbox off"), class_name="switch-word"
            ),
            rx.switch(
                checked=row.sandboxed,
                disabled=~row.movable,
                on_change=lambda on: OperatorState.ask(row.name, on),
                custom_attrs={
                    "aria-label": f"Send {row.label} to the sandbox",
                    "aria-describedby": f"why-{row.name}",
                },
            ),
            class_name="switch",
        ),
        rx.el.p(
            rx.cond(row.movable, rx.fragment(), icon("lock", 13)),
            rx.el.span(row.why),
            id=f"why-{row.name}",
            class_name="hint outlet-why",
        ),
        class_name="outlet",
    )
