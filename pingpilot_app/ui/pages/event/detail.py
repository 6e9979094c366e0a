"""All of one event: on its page and beside the feed."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import category_name
from pingpilot_app.ui.components.forms import check
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.components.status import status_badge
from pingpilot_app.ui.pages.event.conversation import conversation
from pingpilot_app.ui.pages.event.copies import copies_panel
from pingpilot_app.ui.pages.event.journey import JourneyRow
from pingpilot_app.ui.pages.event.looks import looks_panel
from pingpilot_app.ui.pages.event.state import EventDetail, EventState
from pingpilot_app.ui.pages.event.timeline import journey
from pingpilot_app.ui.rows import EventRow, FieldRow

FIELDS_AT_ONCE = 16  # the others unfold, so that the deliveries are not far below
LONG = 400  # characters from which a value may be higher than its place


def detail(one: EventDetail) -> rx.Component:
    """Show what came in, what was said of it, how it went, and how it looks where it arrives."""
    return rx.el.article(
        _event(one.event),
        conversation(one.event.id),
        rx.el.header(
            rx.el.h2("Deliveries"),
            for_those_who_may(
                Right.RESEND,
                rx.el.div(rx.cond(one.failed > 0, _replay()), _choose(), class_name="buttons"),
            ),
            class_name="event-section",
        ),
        rx.el.div(rx.foreach(one.journeys, journey), class_name="deliveries"),
        copies_panel(one.copies),
        rx.el.header(rx.el.h2("How it looks"), class_name="event-section"),
        looks_panel(one.looks),
        class_name="event-page",
        custom_attrs={"data-status": one.event.status},
    )


def questions() -> rx.Component:
    """Ask before something arrives a second time."""
    state = EventState
    return rx.fragment(
        confirm(
            opened=state.asked != "",
            title=f"Send by {state.asked_label} again?",
            text="It has arrived there before. It will arrive a second time.",
            action="Send again",
            look="primary",
            on_yes=state.send_again,
            on_no=state.ask(""),
        ),
        _choice(),
    )


def _replay() -> rx.Component:
    return rx.el.button(
        icon("rotate-cw", 14),
        "Replay all that failed",
        type="button",
        on_click=EventState.replay,
        class_name="button small",
    )


def _choose() -> rx.Component:
    return rx.el.button(
        "Replay…", type="button", on_click=EventState.choose(True), class_name="button small"
    )


def _choice() -> rx.Component:
    """Ask by which channels."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title("Send this event again"),
            rx.dialog.description(
                "By the channels that are ticked. Where it has arrived, it arrives a second time.",
                class_name="dialog-text",
            ),
            rx.el.form(
                rx.foreach(EventState.found, _channels),
                rx.el.div(
                    rx.el.button(
                        "Cancel",
                        type="button",
                        on_click=EventState.choose(False),
                        class_name="button",
                    ),
                    rx.el.button("Send", type="submit", class_name="button primary"),
                    class_name="dialog-actions",
                ),
                on_submit=EventState.send_chosen,
                class_name="replay-form",
            ),
            on_escape_key_down=EventState.choose(False),
            on_pointer_down_outside=EventState.choose(False),
            class_name="dialog",
        ),
        open=EventState.choosing,
    )


def _channels(one: EventDetail) -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend("Channels", class_name="sr-only"),
        rx.foreach(one.journeys, _channel),
        class_name="replay-channels",
    )


def _channel(way: JourneyRow) -> rx.Component:
    label = rx.fragment(way.label, " ", status_badge(way.status))
    return check(label, way.channel, default_checked=way.status == "FAILED")


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
        rx.el.p("Id ", rx.el.code(event.id), _copy(event.id, "Copy the id"), class_name="event-id"),
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


def _table(name: str, fields: Any) -> rx.Component:
    return rx.el.table(
        # Not a caption: a hidden one counts as the first row, from which the columns are sized.
        rx.el.tbody(rx.foreach(fields, _field)),
        class_name="fields",
        aria_label=name,
    )


def _field(pair: FieldRow) -> rx.Component:
    return rx.el.tr(
        rx.el.th(_text(pair.name), scope="row"),
        rx.el.td(rx.cond(pair.value.length() > LONG, _scrolling(pair), _text(pair.value))),
        rx.el.td(_copy(pair.value, f"Copy {pair.name}"), class_name="field-copy"),
    )


def _text(text: Any, **props: Any) -> rx.Component:
    return rx.el.div(text, dir="auto", class_name="field-text", **props)


def _scrolling(pair: FieldRow) -> rx.Component:
    """Show a value that has a height of its own and is scrolled, by the keyboard too."""
    return _text(pair.value, tab_index=0, role="region", aria_label=pair.name)


def _copy(text: Any, label: Any) -> rx.Component:
    """Copy by an icon alone: it stands beside each of up to a hundred fields."""
    return rx.el.button(
        rx.el.span(icon("copy", 13), class_name="copy-idle"),
        rx.el.span(icon("check", 13), class_name="copy-done"),
        type="button",
        class_name="copy small-copy",
        aria_label=label,
        custom_attrs={"data-copy": text},
    )
