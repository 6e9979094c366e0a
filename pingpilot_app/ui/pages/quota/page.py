"""How it looks; what it shows is in state.py."""

import reflex as rx

from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.navigation import quota_bar
from pingpilot_app.ui.components.stat import stat_card
from pingpilot_app.ui.pages.quota.history import history
from pingpilot_app.ui.pages.quota.state import AlertRow, QuotaState
from pingpilot_app.ui.shell import ShellState
from pingpilot_app.ui.template import inside


def quota_page() -> rx.Component:
    """Lay out this month, the months before, the alerts, and the plans side by side."""
    return inside(
        "/quota",
        "Quota",
        "Accepted events count once, however many channels they go to. Refused ones do not count.",
        rx.cond(
            ShellState.ready & QuotaState.ready,
            rx.fragment(_month(), _figures(), history(), _alerts(), _plans()),
            _skeleton(),
        ),
    )


def _month() -> rx.Component:
    return rx.el.section(
        rx.el.div(
            rx.el.h2("This month"),
            rx.el.span(ShellState.plan, class_name="tag"),
            class_name="quota-head",
        ),
        rx.cond(ShellState.limit > 0, _limited(), _unlimited()),
        rx.el.p(
            rx.match(
                QuotaState.look,
                ("bad", icon("octagon-x", 16)),
                ("wait", icon("triangle-alert", 16)),
                icon("trending-up", 16),
            ),
            rx.el.span(QuotaState.forecast),
            class_name=f"quota-forecast {QuotaState.look}",
        ),
        class_name="card quota-month",
    )


def _limited() -> rx.Component:
    return rx.fragment(
        rx.el.p(
            rx.el.strong(QuotaState.used, class_name="quota-used"),
            rx.el.span(QuotaState.of, class_name="quota-of"),
            class_name="figure",
        ),
        rx.el.div(quota_bar(), class_name="quota-bar"),
    )


def _unlimited() -> rx.Component:
    return rx.el.p(
        rx.el.strong(ShellState.quota_text, class_name="quota-used"),
        rx.el.span("events, without a monthly limit", class_name="quota-of"),
        class_name="figure",
    )


def _figures() -> rx.Component:
    state = ShellState
    categories = rx.cond(
        state.categories_limit > 0,
        f"{state.categories_used} / {state.categories_limit}",
        f"{state.categories_used}",
    )
    return rx.el.div(
        stat_card("Counts from 0 again", moment(state.reset_at, "countdown"), _reset_note()),
        stat_card(
            "Left this month",
            rx.cond(state.limit > 0, QuotaState.left, "No limit"),
            rx.cond(
                state.limit > 0,
                rx.cond(QuotaState.left == "0", "more are refused", "events until the limit"),
                "every event is accepted",
            ),
        ),
        stat_card("Categories", categories, link("See them", to="/categories")),
        class_name="figure-cards",
    )


def _reset_note() -> rx.Component:
    return rx.fragment(moment(ShellState.reset_at, "exact"), " (midnight UTC)")


def _alerts() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Alerts"),
        rx.cond(
            ShellState.limit > 0,
            rx.fragment(
                rx.el.p(
                    "You are told by email at 80 % and at 100 % of the month, once each. "
                    "Alerts never count as events.",
                    class_name="hint",
                ),
                rx.el.ul(rx.foreach(QuotaState.alerts, _alert), class_name="alerts"),
            ),
            rx.el.p(
                "This account has no monthly limit, so there is nothing to be warned of.",
                class_name="hint",
            ),
        ),
        class_name="card quota-section",
    )


def _alert(row: AlertRow) -> rx.Component:
    return rx.el.li(
        rx.match(
            row.state,
            ("told", icon("mail-check", 16)),
            ("waiting", icon("clock", 16)),
            ("ahead", icon("circle-dashed", 16)),
            icon("circle-alert", 16),
        ),
        rx.el.strong(row.percent, class_name="figure"),
        rx.el.span(row.count, class_name="figure alert-count"),
        rx.el.span(
            rx.match(
                row.state,
                ("told", rx.fragment("Told by ", row.told_by, " ", moment(row.told_at))),
                ("waiting", rx.fragment("Being told now")),
                ("ahead", rx.fragment("Not reached")),
                ("unreachable", rx.fragment("Reached, but nobody could be told")),
                rx.fragment("Passed without a notice: the plan changed"),
            ),
            class_name="alert-state",
        ),
        key=row.count,
        custom_attrs={"data-alert": row.state},
    )


def _plans() -> rx.Component:
    return rx.el.section(
        rx.el.h2("Plans"),
        rx.el.p(
            rx.cond(
                ShellState.is_operator,
                rx.fragment("You set an account's plan under ", link("Operator", to="/operator")),
                "The operator of this PingPilot sets an account's plan",
            ),
            ". The new limit holds at once.",
            class_name="hint",
        ),
        rx.el.ul(*[_plan(plan) for plan in Plan], class_name="plan-cards"),
        class_name="quota-section",
    )


def _plan(plan: Plan) -> rx.Component:
    limits, mine = LIMITS[plan], ShellState.plan == plan.value
    burst = "No limit" if limits.burst is None else f"{limits.burst:,}, then {limits.rate:g}/s"
    return rx.el.li(
        rx.el.h3(
            plan.value,
            rx.cond(mine, rx.el.span("Yours", class_name="tag")),
            class_name="plan-name",
        ),
        rx.el.p(
            rx.el.strong(_limit(limits.events), class_name="figure plan-events"),
            rx.el.span("events a month" if limits.events else "on events", class_name="hint"),
        ),
        rx.el.dl(
            _allowed("Categories", _limit(limits.categories)),
            _allowed("Requests at once, for each key", burst),
        ),
        class_name=rx.cond(mine, "card plan-card mine", "card plan-card"),
    )


def _allowed(name: str, value: str) -> rx.Component:
    return rx.el.div(rx.el.dt(name, class_name="fact-label"), rx.el.dd(value, class_name="figure"))


def _limit(limit: int | None) -> str:
    return "No limit" if limit is None else f"{limit:,}"


def _skeleton() -> rx.Component:
    """Take the room that the month, the figures and the history will."""
    return rx.el.div(
        rx.el.div(class_name="skeleton skeleton-month"),
        rx.el.div(*[rx.el.div(class_name="skeleton") for _ in range(3)], class_name="figure-cards"),
        rx.el.div(class_name="skeleton skeleton-history"),
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="skeletons quota-skeleton",
        aria_busy=True,
    )
