"""How the feed looks; what it does is in state.py."""

import reflex as rx

from pingpilot_app.ui import onboarding
from pingpilot_app.ui.components.event_row import event_row, skeleton_rows
from pingpilot_app.ui.components.html import icon, link
from pingpilot_app.ui.components.snippet import snippet
from pingpilot_app.ui.pages.feed.state import STATUSES, FeedState
from pingpilot_app.ui.template import empty, inside


def feed_page() -> rx.Component:
    """Lay out the feed."""
    return inside(
        "/feed",
        "Feed",
        "Every event as it happens, and how it got to you.",
        rx.cond(
            FeedState.ready & onboarding.OnboardingState.ready,
            rx.cond(onboarding.OnboardingState.started, _feed(), onboarding.start()),
            skeleton_rows(),
        ),
        action=rx.cond(FeedState.ready & onboarding.OnboardingState.started, _filters()),
    )


def _filters() -> rx.Component:
    return rx.el.div(
        rx.el.select(
            rx.el.option("All categories", value=""),
            rx.foreach(FeedState.categories, lambda name: rx.el.option(name, value=name)),
            value=FeedState.category,
            on_change=FeedState.choose_category,
            aria_label="Category",
        ),
        rx.el.select(
            rx.el.option("Any status", value=""),
            *[rx.el.option(status.capitalize(), value=status) for status in STATUSES],
            value=FeedState.status,
            on_change=FeedState.choose_status,
            aria_label="Status",
        ),
        class_name="filters",
    )


def _feed() -> rx.Component:
    return rx.fragment(
        rx.cond(FeedState.blocked != "", _attention()),
        rx.cond(FeedState.waiting > 0, _new_events()),
        rx.cond(
            FeedState.rows,
            rx.el.ol(
                rx.foreach(FeedState.rows, event_row),
                on_mouse_enter=FeedState.hold,
                on_mouse_leave=FeedState.release,
                class_name="feed",
                aria_label="Events, newest first",
            ),
            _nothing(),
        ),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        (FeedState.category != "") | (FeedState.status != ""),
        empty(
            "filter-x",
            "Nothing matches",
            "No event has this category and status.",
            rx.el.button(
                "Show all events", type="button", on_click=FeedState.show_all, class_name="button"
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
    return rx.el.button(
        f"{FeedState.waiting} new ↑",
        type="button",
        on_click=FeedState.release,
        class_name="new-events",
        aria_live="polite",
    )


def _attention() -> rx.Component:
    return rx.el.div(
        icon("triangle-alert", 18),
        rx.el.p(rx.el.strong("New events are refused. "), FeedState.blocked, "."),
        link("Open Channels", to="/channels", class_name="button small"),
        class_name="attention",
        role="status",
    )
