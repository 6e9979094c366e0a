"""How the feed looks; what it does is in state.py."""

from typing import Any

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors

from pingpilot_app.ui import onboarding
from pingpilot_app.ui.components.claim import claim_acts
from pingpilot_app.ui.components.elements import holding, in_sight
from pingpilot_app.ui.components.event_row import event_row, skeleton_feed
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.snippet import snippet
from pingpilot_app.ui.pages.event.panel import event_panel
from pingpilot_app.ui.pages.feed.bar import bar, pause_button
from pingpilot_app.ui.pages.feed.blocks import rows_var
from pingpilot_app.ui.pages.feed.reading import COUNTED
from pingpilot_app.ui.pages.feed.since import company, unread_line, while_away
from pingpilot_app.ui.pages.feed.state import FeedState
from pingpilot_app.ui.rows import EventRow
from pingpilot_app.ui.template import empty, inside

# Where there is room for an event beside the list; feed.css has the same width.
_IS_WIDE: Any = rx.Var(
    "(typeof window !== 'undefined' && window.matchMedia('(min-width: 1200px)').matches)",
    _var_type=bool,
)

_ACTS = {
    "claim": FeedState.claim,
    "let_go": FeedState.let_go,
    "resolve": FeedState.resolve,
}


def feed_page() -> rx.Component:
    """Lay out the feed."""
    return inside(
        "/feed",
        "Feed",
        "Every event as it happens, and how it got to you.",
        rx.cond(
            FeedState.ready & onboarding.OnboardingState.ready,
            rx.cond(onboarding.OnboardingState.started, _feed(), onboarding.start()),
            rx.fragment(rx.el.div(class_name="skeleton filter-bar"), skeleton_feed()),
        ),
        action=rx.cond(
            (FeedState.ready & onboarding.OnboardingState.started) | FeedState.stale,
            rx.el.div(
                company(),
                _connection(),
                rx.cond(onboarding.OnboardingState.started, pause_button()),
                class_name="feed-action",
            ),
        ),
    )


def _connection() -> rx.Component:
    """Say whether the list is true now; feed.js marks the page while the browser is offline."""
    return rx.el.div(
        rx.cond(
            has_connection_errors | FeedState.stale,
            _old("feed-state old"),
            rx.fragment(
                rx.el.span(
                    rx.el.span(class_name="listening-dot"),
                    rx.cond(FeedState.paused, "Paused", "Live"),
                    class_name=rx.cond(FeedState.paused, "feed-state paused", "feed-state"),
                ),
                _old("feed-state old when-offline"),
            ),
        ),
        role="status",
        class_name="feed-states",
    )


def _old(look: str) -> rx.Component:
    return rx.el.span("Reconnecting… what you see may be old", class_name=look)


def _feed() -> rx.Component:
    return rx.fragment(
        in_sight(see=FeedState.see, look_away=FeedState.look_away),
        bar(),
        rx.cond(FeedState.blocked != "", _attention()),
        rx.cond(FeedState.note != "", rx.el.p(FeedState.note, class_name="feed-note")),
        while_away(),
        rx.el.div(
            rx.el.div(rx.cond(FeedState.order, _list(), _nothing()), class_name="feed-column"),
            rx.cond(FeedState.selected != "", event_panel(FeedState.address)),
            on_mount=FeedState.enter,
            class_name=rx.cond(FeedState.selected != "", "feed-split open", "feed-split"),
        ),
    )


def _list() -> rx.Component:
    rows: Any = rows_var(FeedState, FeedState.order)
    return holding(
        _new_events(),
        rx.el.ol(
            rx.foreach(rows, _row),
            class_name="feed",
            aria_label="Events, newest first",
            custom_attrs={"data-keys": "list"},
        ),
        rx.cond(FeedState.more, _older()),
        hold=FeedState.hold,
        release=FeedState.release,
    )


def _row(row: EventRow) -> rx.Component:
    return event_row(
        row,
        unread_line(row.id),
        claim_acts(row, FeedState.me, _ACTS),
        to=rx.cond(_IS_WIDE, FeedState.opening + row.id, row.path),
        current=rx.cond(FeedState.selected == row.id, "true", "false"),
        me=FeedState.me,
    )


def _older() -> rx.Component:
    return rx.el.div(
        rx.cond(
            FeedState.full,
            rx.el.p("To look further back, filter or search.", class_name="hint"),
            rx.el.button(
                "Load older", type="button", on_click=FeedState.load_older, class_name="button"
            ),
        ),
        class_name="feed-foot",
    )


def _nothing() -> rx.Component:
    return rx.cond(
        FeedState.filtered,
        empty(
            "filter-x",
            "Nothing matches",
            "No event has all of this. A new one that does appears here by itself.",
            rx.el.button(
                "Show all", type="button", on_click=FeedState.show_all, class_name="button"
            ),
        ),
        empty(
            "activity",
            "No events now",
            "The next one appears here by itself. To send one:",
            snippet(FeedState.command),
        ),
    )


def _new_events() -> rx.Component:
    count = rx.cond(FeedState.waiting >= COUNTED, f"{COUNTED - 1}+", f"{FeedState.waiting}")
    return rx.el.div(
        rx.cond(
            FeedState.waiting > 0,
            rx.el.button(
                rx.el.span(count, class_name="figure"),
                " new ↑",
                type="button",
                on_click=FeedState.catch_up,
                class_name="new-events",
                custom_attrs={"data-to-top": ""},
            ),
        ),
        role="status",
        class_name="new-events-place",
    )


def _attention() -> rx.Component:
    return rx.el.div(
        icon("triangle-alert", 18),
        rx.el.p(rx.el.strong("New events are refused. "), FeedState.blocked, "."),
        link(
            rx.cond(FeedState.mend == "/quota", "Open Quota", "Open Channels"),
            to=FeedState.mend,
            class_name="button small",
        ),
        class_name="attention",
        role="status",
    )
