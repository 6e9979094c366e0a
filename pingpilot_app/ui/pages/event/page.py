"""How the page of an event looks; what it does is in state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import category_name, skeleton_rows
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.status import status_badge
from pingpilot_app.ui.pages.event.looks import looks_panel
from pingpilot_app.ui.pages.event.state import EventDetail, EventState
from pingpilot_app.ui.pages.event.timeline import journey
from pingpilot_app.ui.rows import EventRow, FieldRow
from pingpilot_app.ui.template import empty, inside

FIELDS_AT_ONCE = 16  # the others unfold, so that the deliveries are not far below


def event_page() -> rx.Component:
    """Lay out the event."""
    state = EventState
    return inside(
        "/events",
        "Event",
        "What came in, and every try to bring it to you.",
        rx.cond(
            state.ready,
            rx.cond(state.found, rx.foreach(state.found, _detail), _not_found()),
            skeleton_rows(4),
        ),
        confirm(
            opened=state.asked != "",
            title=f"Send by {state.asked_label} again?",
            text="It has arrived there before. It will arrive a second time.",
            action="Send again",
            look="primary",
            on_yes=state.send_again,
            on_no=state.ask(""),
        ),
        trail=[("Feed", "/feed")],
    )


def _not_found() -> rx.Component:
    return empty(
        "search-x",
        "There is no such event here",
        "It belongs to another account, or it was deleted with its category.",
        link("Go to the feed", to="/feed", class_name="button primary"),
    )


def _detail(detail: EventDetail) -> rx.Component:
    return rx.el.article(
        _event(detail.event),
        rx.el.header(
            rx.el.h2("Deliveries"),
            rx.cond(detail.failed > 0, _replay()),
            class_name="event-section",
        ),
        rx.el.div(rx.foreach(detail.journeys, journey), class_name="deliveries"),
        rx.el.header(rx.el.h2("How it looks"), class_name="event-section"),
        looks_panel(detail.looks),
        class_name="event-page",
        custom_attrs={"data-status": detail.event.status},
    )


def _replay() -> rx.Component:
    return rx.el.button(
        icon("rotate-cw", 14),
        "Replay all that failed",
        type="button",
        on_click=EventState.replay,
        class_name="button small",
    )


def _event(event: EventRow) -> rx.Component:
    return rx.el.section(
        rx.el.div(
            category_name(event.color, event.emoji, event.category),
            moment(event.at, "exact"),
            status_badge(event.status),
            class_name="event-head",
        ),
        rx.el.p(event.description, dir="auto", class_name="event-description"),
        rx.cond(event.fields.length() > 0, _fields(event)),
        rx.el.p("Id ", rx.el.code(event.id), class_name="event-id"),
        class_name="card",
        aria_label="What came in",
    )


def _fields(event: EventRow) -> rx.Component:
    many = event.fields.length() > FIELDS_AT_ONCE
    return rx.fragment(
        _table("Fields", event.fields[:FIELDS_AT_ONCE]),
        rx.cond(
            many,
            rx.el.details(
                rx.el.summary(f"{event.fields.length() - FIELDS_AT_ONCE} more fields"),
                _table("More fields", event.fields[FIELDS_AT_ONCE:]),
                class_name="how",
            ),
        ),
    )


def _table(caption: str, fields: Any) -> rx.Component:
    return rx.el.table(
        rx.el.caption(caption, class_name="sr-only"),
        rx.el.tbody(rx.foreach(fields, _field)),
        class_name="fields",
    )


def _field(pair: FieldRow) -> rx.Component:
    return rx.el.tr(rx.el.th(pair.name, scope="row", dir="auto"), rx.el.td(pair.value, dir="auto"))
