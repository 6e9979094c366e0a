"""Charts. Who cannot see one gets its sentence and a table with the same numbers."""

from typing import Any

import reflex as rx

_PARTS = (("delivered", "Delivered"), ("pending", "Pending"), ("failed", "Failed"))
_AXIS = {"fill": "var(--bar-axis)", "fontSize": 12}


def status_chart(bars: Any, total: Any, summary: Any, caption: str) -> rx.Component:
    """Show events over time, stacked by status. `bars` are `ui.bars.Bar`s."""
    return rx.el.figure(
        rx.el.figcaption(
            rx.el.p(summary, class_name=rx.cond(total > 0, "hint", "sr-only")),
            rx.el.ul(*[_key(*part) for part in _PARTS], class_name="chart-keys", aria_hidden=True),
        ),
        rx.el.div(
            rx.cond(total > 0, _bars(bars), _nothing()), class_name="chart", aria_hidden=True
        ),
        _table(bars, caption),
        class_name="chart-figure",
    )


def chart_skeleton() -> rx.Component:
    """Show where a chart will be."""
    return rx.el.div(
        rx.el.div(class_name="skeleton chart-skeleton"),
        rx.el.span("Loading…", class_name="sr-only"),
        class_name="chart-figure",
        aria_busy=True,
    )


def _bars(bars: Any) -> rx.Component:
    return rx.recharts.bar_chart(
        rx.recharts.cartesian_grid(vertical=False, stroke="var(--bar-grid)"),
        rx.recharts.x_axis(
            data_key="label",
            tick_line=False,
            min_tick_gap=16,
            custom_attrs={
                "tick": _AXIS,
                "interval": "preserveStart",
                "axisLine": {"stroke": "var(--bar-grid)"},
            },
        ),
        rx.recharts.y_axis(
            allow_decimals=False,
            axis_line=False,
            tick_line=False,
            width=44,
            custom_attrs={"tick": _AXIS},
        ),
        rx.recharts.graphing_tooltip(
            separator=": ",
            cursor={"fill": "var(--bar-cursor)"},
            is_animation_active=False,
            content_style={
                "background": "var(--panel)",
                "border": "1px solid var(--line)",
                "borderRadius": "var(--radius)",
                "padding": "8px 12px",
            },
            label_style={"color": "var(--ink)", "fontWeight": 600},
            item_style={"color": "var(--ink-2)", "padding": 0},
            custom_attrs={"labelFormatter": _FULL_NAME},
        ),
        *[_bar(*part) for part in _PARTS],
        data=bars,
        margin={"top": 8, "right": 4, "bottom": 0, "left": 0},
        custom_attrs={"accessibilityLayer": False},
    )


# The axis has the short name of a bar; what stands over the bar has room for all of it.
_FULL_NAME: rx.Var = rx.Var("((label, bars) => bars?.[0]?.payload?.full ?? label)")


def _bar(key: str, name: str) -> rx.Component:
    return rx.recharts.bar(
        data_key=key,
        name=name,
        stack_id="all",
        fill=f"var(--bar-{key})",
        max_bar_size=36,
        is_animation_active=False,
    )


def _key(key: str, name: str) -> rx.Component:
    return rx.el.li(
        rx.el.span(class_name="chart-key", style={"background": f"var(--bar-{key})"}), name
    )


def _nothing() -> rx.Component:
    return rx.el.div(rx.el.span("No events in this period"), class_name="chart-nothing")


def _table(bars: Any, caption: str) -> rx.Component:
    head = [rx.el.th(text, scope="col") for text in ("Time", *(name for _, name in _PARTS))]
    return rx.el.div(
        rx.el.table(
            rx.el.caption(caption),
            rx.el.thead(rx.el.tr(*head)),
            rx.el.tbody(rx.foreach(bars, _row)),
        ),
        class_name="sr-only",
    )


def _row(bar: rx.Var) -> rx.Component:
    cells = [rx.el.td(bar[key].to_string()) for key, _ in _PARTS]
    return rx.el.tr(rx.el.th(bar["full"].to_string(use_json=False), scope="row"), *cells)
