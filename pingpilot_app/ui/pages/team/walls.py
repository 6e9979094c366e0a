"""How the links for screens on a wall look; what can be done with them is in walls_state.py."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, refusal_of
from pingpilot_app.domain.wall import HIDDEN_LENGTH, NAME_MAX, TEXT_MAX
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.components.forms import error_text, field
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.pages.team.walls_state import STATUSES, WallLine, WallsState

_HIDE = {"none": "Show every field", "some": "Hide some fields", "all": "Hide all fields"}


def walls_section() -> rx.Component:
    """Show the links, the form of a new one, and the question before one is revoked."""
    state = WallsState
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Wall links"),
            rx.cond(state.allowed & ~state.adding, _new_button()),
            class_name="walls-head",
        ),
        rx.el.p(
            "A read-only feed in big type for a screen on a wall. Whoever has the link sees it, "
            "without signing in.",
            class_name="hint",
        ),
        rx.cond(state.link != "", _fresh()),
        rx.cond(state.adding, _form()),
        rx.cond(state.ready, rx.cond(state.allowed, _list(), _not_for_you()), skeleton_rows(2)),
        confirm(
            opened=state.doomed != "",
            title=f"Revoke the wall link {state.doomed_name}?",
            text=state.doomed_text,
            action="Revoke link",
            on_yes=state.revoke,
            on_no=state.keep,
        ),
        id="walls",
        class_name="walls",
    )


def _new_button() -> rx.Component:
    return rx.el.button(
        icon("plus", 16),
        "New wall link",
        type="button",
        on_click=WallsState.show_form(True),
        class_name="button",
    )


def _not_for_you() -> rx.Component:
    return rx.el.p(refusal_of(Right.WALLS), class_name="card walls-none")


def _fresh() -> rx.Component:
    state = WallsState
    return rx.el.div(
        rx.el.p(
            "The link for ",
            rx.el.strong(state.link_name, dir="auto"),
            ". Copy it now: PingPilot keeps only its fingerprint and cannot show it again. Put ",
            rx.el.code("?theme=light"),
            " behind it for a bright room.",
        ),
        rx.el.div(
            rx.el.code(state.link, id="fresh-wall"),
            copy_button(state.link, "Copy the wall link"),
            class_name="secret",
        ),
        rx.el.button(
            "I have copied it", type="button", on_click=state.forget_link, class_name="button small"
        ),
        role="status",
        class_name="card walls-fresh",
    )


def _form() -> rx.Component:
    state = WallsState
    return rx.el.form(
        field(
            "Name",
            "name",
            id="wall-name",
            errors=state.errors,
            hint="It stands at the top of the screen.",
            placeholder="Kitchen",
            max_length=NAME_MAX,
            required=True,
            auto_complete="off",
        ),
        _choice(
            "Category",
            "category",
            rx.el.option("All categories", value=""),
            rx.foreach(state.categories, lambda name: rx.el.option(name, value=name)),
        ),
        _choice(
            "Status",
            "status",
            rx.el.option("Any status", value=""),
            *[rx.el.option(label, value=value) for value, label in STATUSES.items()],
        ),
        field(
            "Only events with this text",
            "text",
            id="wall-text",
            errors=state.errors,
            max_length=TEXT_MAX,
            auto_complete="off",
        ),
        rx.el.fieldset(
            rx.el.legend("Fields"),
            *[_hide(choice, label) for choice, label in _HIDE.items()],
        ),
        rx.cond(state.hide == "some", _hidden_names()),
        rx.el.div(
            rx.el.button("Make the link", type="submit", class_name="button primary"),
            rx.el.button(
                "Cancel", type="button", on_click=state.show_form(False), class_name="button"
            ),
            class_name="buttons",
        ),
        rx.el.p("What it shows cannot be changed later: make another link.", class_name="hint"),
        on_submit=state.create,
        class_name="card form walls-form",
    )


def _choice(label: str, name: str, *options: Any) -> rx.Component:
    id_ = f"wall-{name}"
    return rx.el.div(
        rx.el.label(label, html_for=id_),
        rx.el.select(*options, name=name, id=id_),
        error_text(WallsState.errors, name),
        class_name="field",
    )


def _hide(choice: str, label: str) -> rx.Component:
    return rx.el.label(
        rx.el.input(
            type="radio",
            name="hide",
            value=choice,
            default_checked=choice == "none",
            on_change=WallsState.choose_hidden(choice),
        ),
        rx.el.span(label),
        class_name="check",
    )


def _hidden_names() -> rx.Component:
    return rx.el.div(
        rx.el.label("Fields to hide, one on each line", html_for="wall-fields"),
        rx.el.textarea(
            name="fields", id="wall-fields", rows="3", max_length=HIDDEN_LENGTH, spell_check=False
        ),
        rx.el.p(
            "A field that an integration begins to send later is shown. Hide all fields where "
            "that must not be.",
            class_name="hint",
        ),
        error_text(WallsState.errors, "fields"),
        class_name="field",
    )


def _list() -> rx.Component:
    state = WallsState
    return rx.cond(
        state.lines,
        rx.el.ul(rx.foreach(state.lines, _line), class_name="list", aria_label="Wall links"),
        rx.cond(
            state.adding | (state.link != ""),
            rx.fragment(),
            rx.el.p("No screen shows this account yet.", class_name="card walls-none"),
        ),
    )


def _line(line: WallLine) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(line.name, dir="auto"),
            rx.el.span("Shows ", rx.el.bdi(line.shows), " · hides ", rx.el.bdi(line.hides)),
            class_name="list-name key-name wall-link",
        ),
        rx.el.div(
            _fact("Made by", rx.el.bdi(line.created_by)),
            _fact("Made", moment(line.created, "date")),
            _fact("Last shown", rx.cond(line.seen != "", moment(line.seen), "never")),
            class_name="facts",
        ),
        rx.el.div(
            rx.el.button(
                "Revoke",
                type="button",
                on_click=WallsState.ask(line.id),
                class_name="button small",
                aria_label=f"Revoke the wall link {line.name}",
            ),
            class_name="list-end",
        ),
        key=line.id,
        class_name="list-item",
    )


def _fact(label: str, value: Any) -> rx.Component:
    return rx.el.div(
        rx.el.span(label, class_name="fact-label"), rx.el.span(value), class_name="fact"
    )
