"""The audit log as it is shown: rows, a page of them, and the list."""

from dataclasses import dataclass
from typing import Any

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit_words import act_sentence, detail_text
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.audit import EVERY_ACT, ActFilter, EntryView, list_entries
from pingpilot_app.ui.components.html import icon, moment

PAGE = 50

_SYMBOLS = {
    "account": "user",
    "session": "log-in",
    "password": "lock",
    "email": "mail",
    "preferences": "settings",
    "profile": "user",
    "second_factor": "shield-check",
    "recovery_codes": "shield-check",
    "invite": "user-plus",
    "member": "users",
    "wall": "monitor",
    "own_channel": "send",
    "key": "key-round",
    "category": "tags",
    "channel": "send",
    "events": "activity",
    "activity": "history",
    "instance": "server",
}


@dataclass(frozen=True)
class ActRow:
    """One act. `at` is ISO 8601; `detail` and `client` are empty where there is none."""

    id: str
    at: str
    actor: str
    what: str
    detail: str
    client: str
    kind: str  # what it was done to, the first word of the action


def act_row(entry: EntryView) -> ActRow:
    """Return the line of one act."""
    return ActRow(
        id=entry.id,
        at=iso_milliseconds(entry.at),
        actor=entry.actor,
        what=act_sentence(entry.action, entry.subject),
        detail=detail_text(entry.detail),
        client=entry.client or "",
        kind=entry.action.value.partition(".")[0],
    )


async def find_acts(
    account_id: str | None, before: str | None, wanted: ActFilter = EVERY_ACT
) -> list[ActRow]:
    """Return acts of an account (None: of the instance) older than an id: one more than a page."""
    read = current().database.read
    found = await read(list_entries, account_id, wanted, before=before, limit=PAGE + 1)
    return [act_row(one) for one in found]


def acts_list(rows: Any, label: str) -> rx.Component:
    """Show who did what, when, from where."""
    return rx.el.ul(rx.foreach(rows, _act), class_name="acts", aria_label=label)


def _act(row: ActRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(_symbol(row), class_name="act-symbol"),
        rx.el.div(
            rx.el.p(rx.el.strong(row.actor, dir="auto"), " ", rx.el.bdi(row.what)),
            rx.cond(row.detail != "", rx.el.p(row.detail, class_name="act-detail", dir="auto")),
            class_name="act-told",
        ),
        rx.el.div(
            moment(row.at),
            rx.cond(row.client != "", rx.el.span("from ", rx.el.code(row.client))),
            class_name="act-where",
        ),
        key=row.id,
        class_name="act",
    )


def _symbol(row: ActRow) -> rx.Component:
    matches = [(kind, icon(symbol, 16)) for kind, symbol in _SYMBOLS.items()]
    return rx.match(row.kind, *matches, icon("activity", 16))
