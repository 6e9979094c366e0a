"""How the conversation about an event looks: who is on it, what was said, and where to answer."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.response import TEXT_MAX
from pingpilot_app.domain.role import Right
from pingpilot_app.ui.components.elements import comment_box
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.pages.event.responding import ConversationState
from pingpilot_app.ui.pages.event.state import EventState
from pingpilot_app.ui.pages.event.talk import ClaimRow, Colleague, EntryRow, PartRow

_DIALOG = "resolve"  # opened and closed by assets/scripts/dialogs.js


def conversation(event_id: Any) -> rx.Component:
    """Show who is on the event and what was said of it; answer, for those who may."""
    talk = EventState.talk
    return rx.el.section(
        rx.el.header(
            rx.el.h2("Conversation"),
            for_those_who_may(Right.RESPOND, _steps(talk.claim, event_id)),
            class_name="event-section",
        ),
        rx.el.div(
            rx.el.div(_standing(talk.claim), role="status", class_name="claim"),
            rx.cond(talk.earlier > 0, _earlier(talk.earlier)),
            rx.cond(
                talk.said.length() > 0,
                rx.el.ol(
                    rx.foreach(talk.said, _entry), class_name="talk", aria_label="Conversation"
                ),
            ),
            for_those_who_may(Right.RESPOND, _box(event_id)),
            class_name="card",
        ),
        for_those_who_may(Right.RESPOND, _resolving(event_id)),
        class_name="conversation",
        aria_label="Conversation",
        custom_attrs={"data-claim": talk.claim.step},
    )


def _steps(claim: ClaimRow, event_id: Any) -> rx.Component:
    state = ConversationState
    on_it = rx.match(
        claim.step,
        ("open", _button("I'm on it", state.claim(event_id), look="primary")),
        (
            "claimed",
            rx.cond(
                EventState.mine,
                _button("Let go", state.release(event_id)),
                _button("Take over", state.claim(event_id)),
            ),
        ),
        _button("Reopen", state.reopen(event_id)),
    )
    return rx.el.div(on_it, rx.cond(claim.step != "resolved", _ask()), class_name="buttons")


def _button(text: str, on_click: Any, look: str = "") -> rx.Component:
    return rx.el.button(
        text, type="button", on_click=on_click, class_name=f"button small {look}".strip()
    )


def _ask() -> rx.Component:
    return rx.el.button(
        icon("check", 14),
        "Resolve…",
        type="button",
        class_name="button small",
        custom_attrs={"data-opens": _DIALOG},
    )


def _standing(claim: ClaimRow) -> rx.Component:
    return rx.match(
        claim.step,
        (
            "claimed",
            _line("user-round-check", _name(claim.name), " is on it · ", moment(claim.at)),
        ),
        (
            "resolved",
            _line(
                "circle-check",
                "Resolved by ",
                _name(claim.resolved_by),
                " · ",
                moment(claim.resolved_at),
            ),
        ),
        _line("circle-dashed", "Nobody is on it yet."),
    )


def _line(symbol: str, *text: Any) -> rx.Component:
    return rx.fragment(icon(symbol, 16), rx.el.p(*text))


def _name(name: Any) -> rx.Component:
    return rx.el.strong(rx.el.bdi(name))


def _earlier(count: Any) -> rx.Component:
    return rx.el.button(
        f"Show {count} earlier entries",
        type="button",
        on_click=EventState.show_earlier,
        class_name="quiet",
    )


def _entry(entry: EntryRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(_mark(entry.kind), class_name="talk-mark", aria_hidden=True),
        rx.el.div(
            rx.el.p(
                _name(entry.name), " ", entry.did, " ", moment(entry.at), class_name="talk-head"
            ),
            rx.cond(
                entry.parts.length() > 0,
                rx.el.p(rx.foreach(entry.parts, _part), dir="auto", class_name="talk-text"),
            ),
        ),
        key=entry.id,
        custom_attrs={"data-kind": entry.kind},
    )


def _mark(kind: Any) -> rx.Component:
    return rx.match(
        kind,
        ("claimed", icon("user-round-check", 12)),
        ("released", icon("user-round-minus", 12)),
        ("resolved", icon("check", 12)),
        ("reopened", icon("rotate-ccw", 12)),
        ("escalated", icon("bell-ring", 12)),
        icon("message-circle", 12),
    )


def _part(part: PartRow) -> rx.Component:
    return rx.cond(part.mention, rx.el.bdi(part.text, class_name="mention"), part.text)


def _box(event_id: Any) -> rx.Component:
    """Ask for a comment. assets/scripts/comment.js sends, counts and empties it."""
    return comment_box(
        rx.el.form(
            _of(event_id),
            rx.el.label("Comment", html_for="comment", class_name="sr-only"),
            _text("comment", "Say something. @ mentions a colleague.", rows="2"),
            rx.el.div(
                rx.el.p(role="status", class_name="hint", custom_attrs={"data-count": TEXT_MAX}),
                rx.el.button("Comment", type="submit", class_name="button small"),
                class_name="talk-send",
            ),
            on_submit=ConversationState.comment,
            class_name="field",
        ),
        sent=ConversationState.sent,
        key=event_id,
    )


def _of(event_id: Any) -> rx.Component:
    """Name the event: what is submitted cannot name what a list is made of."""
    return rx.el.input(type="hidden", name="event", value=event_id)


def _text(name: str, placeholder: str, rows: str) -> rx.Component:
    area = rx.el.textarea(
        name=name,
        id=name,
        rows=rows,
        placeholder=placeholder,
        dir="auto",
        auto_complete="off",
        aria_keyshortcuts="Control+Enter Meta+Enter",
        custom_attrs={
            "data-send": "",
            "data-mentions": f"{name}-colleagues",
            "aria-autocomplete": "list",
            "aria-haspopup": "listbox",
            "aria-controls": f"{name}-colleagues",
        },
    )
    return rx.el.div(area, _colleagues(name), class_name="mentioning")


def _colleagues(name: str) -> rx.Component:
    """List who can be mentioned; assets/scripts/mentions.js shows who fits what is typed."""
    return rx.el.div(
        rx.foreach(EventState.talk.colleagues, _colleague),
        id=f"{name}-colleagues",
        role="listbox",
        hidden=True,
        class_name="colleagues",
        aria_label="Colleagues",
    )


def _colleague(one: Colleague) -> rx.Component:
    return rx.el.div(
        rx.el.bdi(one.name),
        rx.el.span("@", one.handle, class_name="hint"),
        role="option",
        key=one.user_id,
        class_name="colleague",
        custom_attrs={"data-handle": one.handle, "aria-selected": "false"},
    )


def _resolving(event_id: Any) -> rx.Component:
    """Ask how it ended. It stays while others act, so that nothing typed is lost."""
    return rx.el.dialog(
        rx.el.form(
            _of(event_id),
            rx.el.h2("Resolve this event", id=f"{_DIALOG}-title"),
            rx.el.div(
                rx.el.label("What was done (may stay empty)", html_for="note"),
                _text("note", "", rows="4"),
                class_name="field",
            ),
            rx.el.div(
                rx.el.button(
                    "Cancel",
                    type="button",
                    class_name="button",
                    custom_attrs={"data-closes": ""},
                ),
                rx.el.button("Resolve", type="submit", class_name="button primary"),
                class_name="dialog-actions",
            ),
            on_submit=ConversationState.resolve,
        ),
        id=_DIALOG,
        key=f"{event_id} {ConversationState.resolved}",  # a note that was taken is not kept
        class_name="dialog resolving",
        aria_labelledby=f"{_DIALOG}-title",
    )
