"""How a delivery went: where it stands, what can be done, and every try."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.elements import countdown
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.rights import for_those_who_may, may
from pingpilot_app.ui.components.status import outage_note, status_badge
from pingpilot_app.ui.pages.event.journey import AttemptRow, JourneyRow, RoundRow, WaitRow
from pingpilot_app.ui.pages.event.state import EventState


def journey(way: JourneyRow) -> rx.Component:
    """Show one channel."""
    return rx.el.section(
        rx.el.header(rx.el.h3(way.label), status_badge(way.status), class_name="delivery-head"),
        rx.el.p(
            way.summary,
            rx.cond(way.at != "", rx.fragment(" ", moment(way.at, "exact"))),
            class_name="delivery-summary",
        ),
        rx.cond(way.hint != "", rx.el.p(way.hint, class_name="delivery-hint")),
        rx.cond(way.words != "", rx.el.p(rx.el.q(way.words, dir="auto"), class_name="words")),
        rx.cond(way.trouble != "", _trouble(way)),
        rx.cond(way.wait.next_at != "", _wait(way.wait)),
        for_those_who_may(Right.RESEND, _step(way)),
        rx.cond(
            way.rounds.length() > 0,
            rx.el.div(rx.foreach(way.rounds, _round), class_name="rounds"),
        ),
        class_name="card delivery",
        aria_label=f"Delivery by {way.label}",
        custom_attrs={"data-channel": way.channel, "data-status": way.status},
    )


def _trouble(way: JourneyRow) -> rx.Component:
    return rx.el.div(
        icon("unplug", 16),
        rx.el.p(
            way.trouble,
            rx.cond(way.trouble_at != "", rx.fragment(" ", moment(way.trouble_at, "exact"), ".")),
            " ",
            link(
                rx.cond(may(Right.CHANNELS), "Mend it under Channels", "See it under Channels"),
                to="/channels",
            ),
        ),
        class_name="trouble linked",
    )


def _wait(wait: WaitRow) -> rx.Component:
    return rx.el.div(
        rx.cond(wait.outage.since != "", outage_note(wait.outage)),
        rx.el.p(
            "The next try is at ",
            rx.el.strong(moment(wait.next_at, wait.form)),
            " (",
            countdown(wait.next_at),
            "). ",
            wait.why,
        ),
        class_name="wait",
    )


def _step(way: JourneyRow) -> rx.Component:
    return rx.match(
        way.step,
        ("retry", _button("Retry now", way, EventState.retry(way.channel))),
        ("replay", _button("Replay", way, EventState.retry(way.channel))),
        ("again", _button("Send again", way, EventState.ask(way.channel))),
        rx.fragment(),
    )


def _button(text: str, way: JourneyRow, on_click: Any) -> rx.Component:
    return rx.el.div(
        rx.el.button(
            text,
            type="button",
            on_click=on_click,
            aria_label=f"{text} by {way.label}",
            class_name="button small",
        ),
        class_name="delivery-step",
    )


def _round(one: RoundRow, index: int) -> rx.Component:
    return rx.cond(
        one.folded,
        rx.el.details(
            rx.el.summary(
                rx.el.span(one.name, class_name="round-name"),
                rx.el.span(_count(one.attempts), class_name="figure"),
                rx.el.span(one.end),
                class_name="round-head",
            ),
            _tries(one.attempts, one.name),
        ),
        rx.el.div(
            rx.cond(index > 0, rx.el.h4(one.name, class_name="round-head again")),
            rx.cond(one.earlier.length() > 0, _earlier(one)),
            rx.cond(
                one.attempts.length() > 0,
                _tries(one.attempts, one.name),
                rx.el.p("Not tried yet.", class_name="hint"),
            ),
        ),
    )


def _earlier(one: RoundRow) -> rx.Component:
    return rx.el.details(
        rx.el.summary(f"{one.earlier.length()} earlier tries", class_name="round-head"),
        _tries(one.earlier, f"{one.name}, earlier"),
        class_name="earlier",
    )


def _count(attempts: Any) -> Any:
    count = attempts.length()
    return rx.cond(count == 1, "1 try", f"{count} tries")


def _tries(attempts: Any, name: Any) -> rx.Component:
    return rx.el.ol(rx.foreach(attempts, _attempt), class_name="attempts", aria_label=name)


def _attempt(attempt: AttemptRow) -> rx.Component:
    return rx.el.li(
        _mark(attempt),
        rx.el.div(
            rx.el.p(
                rx.el.strong(attempt.name),
                rx.el.span(attempt.label, class_name="outcome"),
                rx.cond(attempt.possibly, rx.el.span("Possibly delivered", class_name="possibly")),
                class_name="attempt-head",
            ),
            rx.el.p(
                moment(attempt.at, "exact"),
                rx.el.span(attempt.ms, title="How long the answer took"),
                class_name="attempt-time",
            ),
            rx.cond(attempt.words != "", _words(attempt)),
            rx.cond(attempt.hint != "", rx.el.p(attempt.hint, class_name="hint")),
        ),
        custom_attrs={"data-outcome": attempt.outcome},
    )


def _mark(attempt: AttemptRow) -> rx.Component:
    shape = rx.match(
        attempt.outcome,
        ("DELIVERED", icon("check", 12)),
        ("PERMANENT", icon("x", 12)),
        icon("rotate-cw", 12),
    )
    return rx.el.span(shape, class_name="attempt-mark", aria_hidden=True)


def _words(attempt: AttemptRow) -> rx.Component:
    return rx.el.p(
        rx.cond(attempt.quoted, rx.el.q(attempt.words, dir="auto"), rx.el.span(attempt.words)),
        rx.cond(attempt.code != "", rx.fragment(" ", rx.el.code(attempt.code))),
        class_name="words",
    )
