"""How a wall looks: big type, no way to anywhere, nothing to press (assets/styles/wall.css)."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors
from reflex_components_core.el.elements.base import BaseHTML

from pingpilot_app.ui.components.event_row import field_pair
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.status import status_badge
from pingpilot_app.ui.pages.wall.reading import WallRow
from pingpilot_app.ui.pages.wall.state import WallState

DEAD = "This wall link does not work (any more)"


class _Live(BaseHTML):
    """Says whether the screen is true now, and brings it back (assets/scripts/wall.js)."""

    tag = "Live"

    beat: rx.Var[str]  # differs whenever the server said something
    lost: rx.Var[str]  # not empty: the connection, or the last look, failed

    def _get_tag_name(self) -> str:
        return '"pp-live"'  # Reflex makes identifiers of `tag`, where a hyphen cannot be


class _Clock(BaseHTML):
    """The time now, where the screen hangs."""

    tag = "Clock"

    def _get_tag_name(self) -> str:
        return '"pp-clock"'


def wall_page() -> rx.Component:
    """Lay out the wall, or the one sentence for every link that does not work."""
    return rx.el.main(rx.cond(WallState.gone, _dead(), _wall()), class_name="wall")


def _dead() -> rx.Component:
    return rx.el.section(
        rx.el.h1(DEAD),
        rx.el.p("Ask whoever looks after the account for a new one."),
        role="status",
        class_name="wall-still",
        custom_attrs={"data-wall-dead": ""},
    )


def _wall() -> rx.Component:
    state = WallState
    lost = rx.cond(has_connection_errors | state.stale, "lost", "")
    return rx.fragment(
        rx.el.header(
            rx.el.h1(rx.cond(state.name != "", state.name, "Wall"), dir="auto"),
            rx.el.div(
                _Live.create(beat=state.beat, lost=lost, role="status"),
                _Clock.create(),
                class_name="wall-now",
            ),
            class_name="wall-head",
        ),
        rx.cond(
            state.rows,
            rx.el.ol(
                rx.foreach(state.rows, _row), class_name="wall-rows", aria_label="Newest first"
            ),
            rx.cond(
                state.ready,
                rx.el.p(
                    rx.cond(
                        state.full,
                        "This wall is on as many screens as it may be. It appears here once "
                        "another one goes.",
                        "Nothing yet. The next event appears here by itself.",
                    ),
                    class_name="wall-still",
                ),
                rx.el.p("Connecting…", class_name="wall-still"),
            ),
        ),
    )


def _row(row: WallRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(class_name="wall-edge", style={"background": row.color}),
        rx.el.div(
            rx.el.div(
                rx.el.span(row.emoji, aria_hidden=True),
                rx.el.span(row.category, class_name="wall-category"),
                rx.cond(row.claim != "", _claim(row)),
                class_name="wall-line",
            ),
            rx.el.p(row.description, class_name="wall-text", dir="auto"),
            rx.cond(
                row.fields.length() > 0,
                rx.el.dl(rx.foreach(row.fields, field_pair), class_name="wall-fields"),
            ),
            class_name="wall-told",
        ),
        rx.el.div(
            rx.el.span(moment(row.at), class_name="wall-ago"),
            rx.el.span(moment(row.at, "time"), class_name="wall-time"),
            status_badge(row.status),
            class_name="wall-when",
        ),
        key=row.id,
        class_name=rx.cond(row.resolved, "wall-row resolved", "wall-row"),
        custom_attrs={"data-event": row.id},
    )


def _claim(row: WallRow) -> Any:
    mark = rx.cond(row.resolved, icon("circle-check", 16), icon("hand", 16))
    return rx.el.span(mark, rx.el.span(row.claim, dir="auto"), class_name="wall-claim")
