"""The plan and what of it is used."""

import reflex as rx

from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.html import moment
from pingpilot_app.ui.components.navigation import quota_bar
from pingpilot_app.ui.shell import ShellState
from pingpilot_app.ui.template import inside


def quota_page() -> rx.Component:
    """Lay out this month, and the plans side by side."""
    return inside(
        "/quota",
        "Quota",
        "Accepted events count once, however many channels they go to. Refused ones do not count.",
        rx.cond(
            ShellState.ready,
            rx.fragment(_month(), rx.el.h2("Plans"), _plans()),
            skeleton_rows(2),
        ),
    )


def _month() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            _figure("Plan", ShellState.plan),
            _figure("Events this month", ShellState.quota_text),
            _figure("Categories", _of(ShellState.categories_used, ShellState.categories_limit)),
            _figure("Resets on", moment(ShellState.reset_at, "date")),
            class_name="figures",
        ),
        rx.cond(
            ShellState.limit > 0,
            quota_bar(),
            rx.el.p("This account has no monthly limit.", class_name="hint"),
        ),
        class_name="card",
    )


def _of(used: rx.Var, limit: rx.Var) -> rx.Component:
    return rx.cond(limit > 0, f"{used} / {limit}", f"{used}")


def _figure(label: str, value: rx.Var | rx.Component) -> rx.Component:
    return rx.el.div(
        rx.el.span(label, class_name="fact-label"),
        rx.el.strong(value, class_name="figure big"),
    )


def _plans() -> rx.Component:
    head = rx.el.tr(
        *[rx.el.th(text, scope="col") for text in ("Plan", "Events a month", "Categories")]
    )
    return rx.el.div(
        rx.el.table(
            rx.el.caption("What each plan allows", class_name="sr-only"),
            rx.el.thead(head),
            rx.el.tbody(*[_plan(plan) for plan in Plan]),
            class_name="plans",
        ),
        rx.el.p("The operator of this PingPilot sets an account's plan.", class_name="hint"),
        class_name="card",
    )


def _plan(plan: Plan) -> rx.Component:
    limits = LIMITS[plan]
    mine = ShellState.plan == plan.value
    return rx.el.tr(
        rx.el.th(
            rx.el.div(
                plan.value,
                rx.cond(mine, rx.el.span("Yours", class_name="tag")),
                class_name="plan-name",
            ),
            scope="row",
        ),
        rx.el.td(_limit(limits.events), class_name="figure"),
        rx.el.td(_limit(limits.categories), class_name="figure"),
        class_name=rx.cond(mine, "mine", ""),
    )


def _limit(limit: int | None) -> str:
    return "No limit" if limit is None else f"{limit:,}"
