"""Who is on an event, as its row shows it, and what can be done about that."""

from collections.abc import Mapping
from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.html import icon
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.rows import ClaimRow, EventRow


def claim_mark(claim: ClaimRow, me: Any) -> rx.Component:
    """Show who is on it, or who has resolved it. `me` is the viewer's id."""
    who = rx.cond((claim.user_id != "") & (claim.user_id == me), "You", claim.name)
    return rx.cond(
        claim.resolved,
        rx.el.span(
            icon("check", 13),
            rx.el.span("Resolved by ", rx.el.bdi(who), class_name="claim-name"),
            rx.cond(claim.note != "", rx.el.q(claim.note, class_name="claim-note", dir="auto")),
            class_name="claim resolved",
            title=claim.note,
        ),
        rx.el.span(
            rx.el.span(claim.initial, class_name="face", aria_hidden=True),
            rx.el.span("Claimed by ", class_name="sr-only"),
            rx.el.bdi(who, class_name="claim-name"),
            class_name="claim",
        ),
    )


def claim_acts(row: EventRow, me: Any, on_click: Mapping[str, Any]) -> rx.Component:
    """Show what can be done: `on_click` has "claim", "let_go" and "resolve", which take an id.

    The keys in `data-row-key` press a button of the row that has the focus (keyboard.js).
    """
    claim = _act("Claim", "hand", "c", on_click["claim"](row.id))
    let_go = _act("Release", "undo-2", "c", on_click["let_go"](row.id))
    take_over = _act("Take over", "hand", "c", on_click["claim"](row.id))
    resolve = _act("Resolve", "check", "e", on_click["resolve"](row.id))

    def of(claimed: ClaimRow) -> rx.Component:
        mine = (claimed.user_id != "") & (claimed.user_id == me)
        return rx.cond(~claimed.resolved, rx.fragment(rx.cond(mine, let_go, take_over), resolve))

    return for_those_who_may(
        Right.RESPOND,
        rx.el.span(
            rx.cond(
                row.claims.length() > 0,
                rx.foreach(row.claims, of),
                rx.fragment(claim, resolve),
            ),
            class_name="event-acts",
        ),
    )


def _act(label: str, symbol: str, key: str, on_click: Any) -> rx.Component:
    return rx.el.button(
        icon(symbol, 14),
        rx.el.span(label),
        type="button",
        on_click=on_click,
        class_name="quiet event-act",
        title=f"{label} ({key})",
        aria_keyshortcuts=key,
        custom_attrs={"data-row-key": key},
    )
