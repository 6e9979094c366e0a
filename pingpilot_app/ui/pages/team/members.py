"""The people, what each is, and leaving."""

from typing import Any

import reflex as rx

from pingpilot_app.domain.role import Right, Role
from pingpilot_app.domain.role_words import DUTIES
from pingpilot_app.ui.components.confirm import confirm
from pingpilot_app.ui.components.html import moment
from pingpilot_app.ui.components.rights import may
from pingpilot_app.ui.pages.team.state import HAND_OVER, LEAVE, REMOVE, MemberRow, TeamState


def members() -> rx.Component:
    """Show the members, the roles in words, and the way out."""
    return rx.el.section(
        rx.el.h2("Members", id="members-title"),
        rx.el.ul(rx.foreach(TeamState.rows, _member), class_name="list members"),
        rx.cond(
            TeamState.alone,
            rx.el.p(
                "You are alone here so far. Whoever you invite sees the same events as you do, at "
                "once.",
                class_name="hint",
            ),
        ),
        _roles(),
        aria_labelledby="members-title",
        class_name="team-section",
    )


def _member(row: MemberRow) -> rx.Component:
    return rx.el.li(
        rx.el.span(row.initial, class_name="initial", aria_hidden=True),
        rx.el.div(
            rx.el.p(
                rx.el.strong(row.name, dir="auto"),
                rx.cond(row.is_me, rx.el.span("You", class_name="tag")),
                class_name="member-name",
            ),
            rx.el.p(row.email, class_name="hint member-email"),
            class_name="member-who",
        ),
        rx.el.div(
            rx.el.span("Since ", moment(row.since, "date")),
            rx.cond(
                row.seen != "",
                rx.el.span("Seen ", moment(row.seen)),
                rx.el.span("Not signed in here"),
            ),
            class_name="member-times hint",
        ),
        rx.el.div(
            rx.cond(row.in_reach, _choice(row), rx.el.span(row.role, class_name="tag role")),
            class_name="member-role",
        ),
        rx.el.div(_acts(row), class_name="member-acts"),
        key=row.id,
        class_name="list-item member",
    )


def _choice(row: MemberRow) -> rx.Component:
    return rx.el.select(
        rx.cond(may(Right.ACCOUNT), rx.el.option("owner", value="owner")),
        *[rx.el.option(role.value, value=role.value) for role in Role if role is not Role.OWNER],
        value=row.role,
        on_change=lambda role: TeamState.change_role(row.id, role),
        aria_label=f"Role of {row.name}",
    )


def _acts(row: MemberRow) -> rx.Component:
    return rx.fragment(
        rx.cond(
            may(Right.ACCOUNT) & ~row.is_me & (row.role != Role.OWNER.value),
            _act("Hand over", f"{HAND_OVER}{row.id}", f"Hand the account over to {row.name}"),
        ),
        rx.cond(row.in_reach, _act("Remove", f"{REMOVE}{row.id}", f"Remove {row.name}")),
        rx.cond(
            row.is_me & ~TeamState.alone,
            rx.cond(
                TeamState.last_owner,
                rx.el.span("Make somebody else owner to leave", class_name="hint"),
                _act("Leave", LEAVE, "Leave this account"),
            ),
        ),
    )


def _act(text: str, key: Any, label: Any) -> rx.Component:
    return rx.el.button(
        text,
        type="button",
        on_click=TeamState.ask(key),
        class_name="button small",
        aria_label=label,
    )


def _roles() -> rx.Component:
    return rx.el.details(
        rx.el.summary("What the roles may do"),
        rx.el.dl(
            *[rx.el.div(rx.el.dt(role.value), rx.el.dd(f"{DUTIES[role]}.")) for role in Role],
            class_name="duties",
        ),
        class_name="how",
    )


def members_dialogs() -> rx.Component:
    """Ask before somebody is removed, before the account is handed over, before leaving."""
    state = TeamState
    return rx.fragment(
        confirm(
            opened=state.doomed.startswith(REMOVE),
            title=f"Remove {state.doomed_name}?",
            text=state.doomed_text,
            action="Remove",
            on_yes=state.remove,
            on_no=state.keep,
        ),
        confirm(
            opened=state.doomed.startswith(HAND_OVER),
            title=f"Hand the account over to {state.doomed_name}?",
            text=state.doomed_text,
            action="Hand over",
            on_yes=state.hand_over,
            on_no=state.keep,
        ),
        confirm(
            opened=state.doomed == LEAVE,
            title="Leave this account?",
            text=state.doomed_text,
            action="Leave",
            on_yes=state.leave,
            on_no=state.keep,
        ),
    )
