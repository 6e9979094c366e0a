"""Elements of our own (assets/scripts/feed.js, comment.js)."""

from typing import Any

import reflex as rx
from reflex_components_core.el.elements.base import BaseHTML


class _Hold(BaseHTML):
    tag = "Hold"

    def _get_tag_name(self) -> str:
        return '"pp-hold"'  # Reflex makes identifiers of `tag`, where a hyphen cannot be


class _Countdown(BaseHTML):
    tag = "Countdown"

    datetime: rx.Var[str]

    def _get_tag_name(self) -> str:
        return '"pp-countdown"'


class _InSight(BaseHTML):
    tag = "InSight"

    def _get_tag_name(self) -> str:
        return '"pp-in-sight"'


def in_sight(*, see: Any, look_away: Any) -> rx.Component:
    """Tell the server when the page comes in sight, and when another tab is before it."""
    return _InSight.create(*_buttons(see=see, look_away=look_away))


class _Comment(BaseHTML):
    tag = "Comment"

    sent: rx.Var[int]

    def _get_tag_name(self) -> str:
        return '"pp-comment"'


def holding(*content: Any, hold: Any, release: Any) -> rx.Component:
    """Tell the server when somebody begins and ends to look at `content`.

    That is: the pointer is on it, the keyboard's focus is in it, or the page is scrolled.
    """
    return _Hold.create(*content, *_buttons(hold=hold, release=release))


def _buttons(**acts: Any) -> list[rx.Component]:
    """Return what the element presses, seen by nobody."""
    return [
        rx.el.button(name, type="button", value=name, on_click=on_click, hidden=True)
        for name, on_click in acts.items()
    ]


def countdown(to: Any) -> rx.Component:
    """Show how long it is to a moment: "in 4 min 12 s"."""
    return _Countdown.create(datetime=to)


def comment_box(*content: Any, sent: Any, **props: Any) -> rx.Component:
    """Hold a form with a textarea that is emptied whenever `sent` grows."""
    return _Comment.create(*content, sent=sent, **props)
