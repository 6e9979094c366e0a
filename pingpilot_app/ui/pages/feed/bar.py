"""The search box and the filters above the feed, and the button that stops it."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.response import Whose
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.pages.feed.filters import STATUSES, TEXT_MAX
from pingpilot_app.ui.pages.feed.state import FeedState

_TYPING = 250  # milliseconds without a letter after which it is searched


def bar() -> rx.Component:
    """Show what is searched and filtered."""
    return rx.el.div(
        _search(),
        _choice(
            "Category",
            FeedState.category,
            FeedState.choose_category,
            rx.el.option("All categories", value=""),
            rx.foreach(FeedState.categories, lambda name: rx.el.option(name, value=name)),
        ),
        _choice(
            "Status",
            FeedState.status,
            FeedState.choose_status,
            rx.el.option("Any status", value=""),
            *[rx.el.option(status.capitalize(), value=status) for status in STATUSES],
        ),
        _choice(
            "Channel",
            FeedState.channel,
            FeedState.choose_channel,
            rx.el.option("Any channel", value=""),
            *[rx.el.option(channel.label, value=channel.value) for channel in Channel],
        ),
        _choice(
            "Claim",
            FeedState.whose,
            FeedState.choose_whose,
            rx.el.option("Claimed or not", value=""),
            *[rx.el.option(whose.value.capitalize(), value=whose.value) for whose in Whose],
        ),
        rx.cond(
            FeedState.filtered,
            rx.el.button(
                icon("x", 14),
                "Clear",
                type="button",
                on_click=FeedState.show_all,
                class_name="quiet",
                aria_label="Clear search and filters",
            ),
        ),
        role="search",
        class_name="filter-bar filters",
        aria_label="Filters",
    )


def _search() -> rx.Component:
    """Take a text. What is typed stays as it is; only another address puts something else in."""
    return rx.el.div(
        icon("search", 15),
        rx.el.input(
            type="search",
            key=FeedState.typed,
            default_value=FeedState.text,
            on_change=FeedState.search.debounce(_TYPING),
            placeholder="Search  /",
            aria_label="Search description and fields",
            max_length=TEXT_MAX,
            auto_complete="off",
            spell_check=False,
            custom_attrs={"data-search": ""},
        ),
        class_name="search-box",
    )


def _choice(label: str, value: Any, on_change: Any, *options: Any) -> rx.Component:
    return rx.el.select(
        *options,
        value=value,
        on_change=on_change,
        aria_label=label,
        class_name=rx.cond(value != "", "chosen", ""),
    )


def pause_button() -> rx.Component:
    """Stop the list and let it go on."""
    return rx.el.button(
        rx.cond(FeedState.paused, icon("play", 15), icon("pause", 15)),
        rx.cond(FeedState.paused, "Resume", "Pause"),
        rx.el.kbd("P", aria_hidden=True),
        type="button",
        on_click=FeedState.pause,
        class_name="button",
        aria_keyshortcuts="p",
        custom_attrs={"data-key": "p"},
    )
