"""Members' copies of the event: who had one, by which channel, and whether it arrived."""

from collections.abc import Iterable
from dataclasses import dataclass

import reflex as rx

from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import explain
from pingpilot_app.storage.copies import CopyView
from pingpilot_app.ui.components.channel import channel_icon
from pingpilot_app.ui.components.status import status_badge


@dataclass(frozen=True)
class CopyRow:
    """One copy. What concerns its owner alone is empty for everybody else."""

    who: str
    channel: str
    status: str
    address: str
    words: str  # the provider's, where it failed
    hint: str


def copy_rows(copies: Iterable[CopyView], viewer: str) -> list[CopyRow]:
    """Return the copies as the person with the id `viewer` may see them, their own first."""
    found = sorted(copies, key=lambda one: (one.user_id != viewer, one.name))
    return [_row(one, mine=one.user_id == viewer) for one in found]


def _row(one: CopyView, *, mine: bool) -> CopyRow:
    tells = mine and one.error is not None and one.status is not DeliveryStatus.DELIVERED
    return CopyRow(
        who="You" if mine else one.name,
        channel=one.channel.label,
        status=one.status.value,
        address=(one.label or "") if mine else "",
        words=(one.error or "") if tells else "",
        hint=explain(one.failure, one.channel, one.status) if tells else "",
    )


def copies_panel(copies: list[CopyRow]) -> rx.Component:
    """Show the copies, where there are some."""
    return rx.cond(
        copies,
        rx.fragment(
            rx.el.header(rx.el.h2("Also sent to"), class_name="event-section"),
            rx.el.ul(rx.foreach(copies, _copy), class_name="card copies"),
        ),
    )


def _copy(one: CopyRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(one.who, dir="auto"),
            rx.el.span(channel_icon(one.channel, 15), one.channel, class_name="copy-channel"),
            rx.cond(one.address != "", rx.el.span(one.address, class_name="address")),
            status_badge(one.status),
            class_name="copy-line",
        ),
        rx.cond(
            one.words != "",
            rx.el.p(rx.el.q(one.words), " ", one.hint, class_name="words"),
        ),
    )
