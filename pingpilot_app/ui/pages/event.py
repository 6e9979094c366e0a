"""One event: its fields, and every try to deliver it."""

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import NotFound
from pingpilot_app.storage.events import get_event
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.components.event_row import category_name, skeleton_rows
from pingpilot_app.ui.components.html import icon, link, moment
from pingpilot_app.ui.components.status import status_mark
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.rows import AttemptRow, DeliveryRow, EventRow, FieldRow, whole_row
from pingpilot_app.ui.template import empty, inside


class EventState(Live, rx.State):
    """The event that the address names; `found` has one row, or none."""

    found: list[EventRow] = []

    def _begin(self) -> None:
        self.ready, self.found = False, []

    async def _load(self, session: SessionView) -> None:
        event_id = self.router.url.path.rstrip("/").rpartition("/")[2]
        self.found = await _event(session.account_id, event_id)


async def _event(account_id: str, event_id: str) -> list[EventRow]:
    async def load() -> list[EventRow]:
        try:
            return [whole_row(await current().database.read(get_event, account_id, event_id))]
        except NotFound:
            return []

    return await shared(account_id, ("event", event_id), load)


def event_page() -> rx.Component:
    """Lay out the event."""
    return inside(
        "/events",
        "Event",
        "What came in, and every try to bring it to you.",
        rx.cond(
            EventState.ready,
            rx.cond(EventState.found, rx.foreach(EventState.found, _event_view), _not_found()),
            skeleton_rows(4),
        ),
        action=link(icon("arrow-left", 15), "Feed", to="/feed", class_name="button"),
    )


def _not_found() -> rx.Component:
    return empty(
        "search-x",
        "There is no such event here",
        "It belongs to another account, or it was deleted with its category.",
        link("Go to the feed", to="/feed", class_name="button primary"),
    )


def _event_view(event: EventRow) -> rx.Component:
    return rx.el.article(
        rx.el.section(
            rx.el.div(
                category_name(event.color, event.emoji, event.category),
                moment(event.at, "exact"),
                class_name="event-head",
            ),
            rx.el.p(event.description, class_name="event-description"),
            rx.cond(event.fields.length() > 0, _fields(event)),
            rx.el.p("Id ", rx.el.code(event.id), class_name="event-id"),
            class_name="card",
        ),
        rx.el.h2("Deliveries"),
        rx.el.div(rx.foreach(event.deliveries, _delivery), class_name="deliveries"),
        class_name="event-page",
        custom_attrs={"data-status": event.status},
    )


def _fields(event: EventRow) -> rx.Component:
    return rx.el.table(
        rx.el.caption("Fields", class_name="sr-only"),
        rx.el.tbody(rx.foreach(event.fields, _field)),
        class_name="fields",
    )


def _field(pair: FieldRow) -> rx.Component:
    return rx.el.tr(rx.el.th(pair.name, scope="row"), rx.el.td(pair.value))


def _delivery(delivery: DeliveryRow) -> rx.Component:
    return rx.el.section(
        rx.el.header(
            rx.el.h3(delivery.channel),
            rx.el.span(
                status_mark(delivery.status),
                rx.el.span(delivery.status, class_name="status-word"),
                class_name="status",
                custom_attrs={"data-status": delivery.status},
            ),
            class_name="delivery-head",
        ),
        rx.cond(delivery.hint != "", rx.el.p(delivery.hint, class_name="delivery-hint")),
        rx.cond(
            delivery.log.length() > 0,
            rx.el.ol(rx.foreach(delivery.log, _attempt), class_name="attempts"),
            rx.el.p("Not tried yet.", class_name="hint"),
        ),
        rx.cond(
            delivery.next_at != "",
            rx.el.p("Next try ", moment(delivery.next_at), class_name="hint"),
        ),
        class_name="card delivery",
    )


def _attempt(attempt: AttemptRow, index: int) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(f"Try {index + 1}"),
            rx.el.span(attempt.label, custom_attrs={"data-outcome": attempt.outcome}),
            rx.el.span(attempt.ms, class_name="figure"),
            moment(attempt.at, "exact"),
            class_name="attempt-head",
        ),
        rx.cond(
            attempt.words != "",
            rx.el.p(
                rx.el.q(attempt.words),
                rx.cond(attempt.code != "", rx.el.span(" ", rx.el.code(attempt.code))),
                class_name="words",
            ),
        ),
    )
