"""A bar for each of the last months, and the same as a table for those who cannot see it."""

import reflex as rx

from pingpilot_app.ui.pages.quota.state import MonthBar, QuotaState


def history() -> rx.Component:
    """Show the last twelve months."""
    return rx.el.section(
        rx.el.div(
            rx.el.h2("The last twelve months"),
            rx.el.span(f"{QuotaState.total} events", class_name="figure hint"),
            class_name="quota-head",
        ),
        _chart(),
        rx.cond(
            QuotaState.total == "0",
            rx.el.p(
                "Nothing to compare yet: the first accepted event begins the first bar.",
                class_name="hint",
            ),
        ),
        _table(),
        class_name="card quota-section",
    )


def _chart() -> rx.Component:
    return rx.el.div(
        rx.cond(
            QuotaState.limit_height != "",
            rx.el.div(
                rx.el.div(
                    rx.el.span("Limit now"),
                    style={"bottom": QuotaState.limit_height},
                    class_name="month-limit",
                ),
                class_name="month-limits",
            ),
        ),
        rx.foreach(QuotaState.bars, _bar),
        class_name=rx.cond(QuotaState.total == "0", "months low", "months"),
        aria_hidden=True,
    )


def _bar(bar: MonthBar) -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.span(bar.short, class_name="month-count figure"),
            rx.el.div(style={"height": bar.height}, class_name="month-bar"),
            class_name="month-column",
        ),
        rx.el.div(bar.name, class_name="month-name"),
        rx.el.div(bar.year, class_name="month-year figure"),
        key=bar.whole,
        title=f"{bar.whole}: {bar.used}",
        class_name=rx.cond(bar.current, "month current", "month"),
    )


def _table() -> rx.Component:
    # In a box that hides it: a table itself never gets narrower than its words.
    head = rx.el.tr(rx.el.th("Month", scope="col"), rx.el.th("Events accepted", scope="col"))
    return rx.el.div(
        rx.el.table(
            rx.el.caption("Events by month"),
            rx.el.thead(head),
            rx.el.tbody(rx.foreach(QuotaState.bars, _row)),
        ),
        class_name="sr-only",
    )


def _row(bar: MonthBar) -> rx.Component:
    return rx.el.tr(
        rx.el.th(bar.whole, rx.cond(bar.current, " so far", ""), scope="row"),
        rx.el.td(bar.used),
        key=bar.whole,
    )
