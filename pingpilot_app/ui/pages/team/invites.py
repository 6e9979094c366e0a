"""Inviting people: one by mail, or many by a link."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right, Role
from pingpilot_app.storage.joining import BY_LINK, INVITABLE, Invite, list_open
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import icon, moment
from pingpilot_app.ui.components.rights import for_those_who_may
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.team import acts
from pingpilot_app.ui.session import to_sign_in


@dataclass(frozen=True)
class InviteRow:
    """An invite that is open. `address` is empty for the link that anybody may join by."""

    address: str
    role: str
    until: str
    by: str


class TeamInvitesState(Live, rx.State):
    """The account's open invites; `link` is shown to whoever made it, this once."""

    access: ClassVar[Needed] = Right.TEAM
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    rows: list[InviteRow] = []
    errors: dict[str, str] = {}
    link: str = ""

    def _begin(self) -> None:
        self.link, self.errors = "", {}

    async def _load(self, session: SessionView) -> None:
        if not session.may(Right.TEAM):
            self._put(rows=[], link="")
            return
        found = await current().database.read(list_open, session.account_id, now())
        self._put(rows=[_row(one) for one in found])

    @rx.event
    async def invite(self, form: dict[str, Any]) -> Any:
        """Mail an invite."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            address = await acts.invite_by_mail(
                session, entered(form, "email"), entered(form, "role")
            )
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "email")
            return None
        self.errors = {}
        await self._show()
        return toast.success(f"The invite is on its way to {address}.")

    @rx.event
    async def make_link(self, form: dict[str, Any]) -> Any:
        """Make the link that anybody may join by, and show it, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            self.link = await acts.make_link(session, entered(form, "role"))
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        await self._show()
        return None

    @rx.event
    async def withdraw(self, address: str) -> Any:
        """Let nobody join by the invite for this address; empty: by the link."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not isinstance(address, str):
            return None
        try:
            await acts.withdraw_invite(session, address)
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        self.link = self.link if address else ""
        await self._show()
        return toast.success("Withdrawn. Nobody joins by it any more.")


def _row(found: Invite) -> InviteRow:
    until = iso_milliseconds(found.expires_at)
    return InviteRow(found.address, found.role.value, until, found.by)


def invites() -> rx.Component:
    """Show both ways to invite, and the invites that are open."""
    return for_those_who_may(
        Right.TEAM,
        rx.el.section(
            rx.el.h2("Invite", id="invite-title"),
            rx.el.div(_by_mail(), _by_link(), class_name="invite-ways"),
            rx.cond(TeamInvitesState.rows, _open()),
            aria_labelledby="invite-title",
            class_name="team-section",
        ),
    )


def _by_mail() -> rx.Component:
    state = TeamInvitesState
    return rx.el.form(
        rx.el.h3("By mail"),
        rx.el.p("For one person: the link works once, for that address alone.", class_name="hint"),
        field(
            "Their email",
            "email",
            id="team-invite-email",
            errors=state.errors,
            type="email",
            auto_complete="off",
            max_length=254,
            required=True,
        ),
        _role("team-invite-role", INVITABLE),
        rx.el.button(icon("mail", 16), "Send invite", type="submit", class_name="button primary"),
        on_submit=state.invite,
        reset_on_submit=True,
        class_name="form card",
    )


def _by_link() -> rx.Component:
    state = TeamInvitesState
    return rx.el.form(
        rx.el.h3("By link"),
        rx.el.p(
            "For everybody you hand it to, for seven days or until you withdraw it. A new one "
            "takes the place of the one before.",
            class_name="hint",
        ),
        _role("team-link-role", BY_LINK),
        rx.el.button(icon("link", 16), "Make a link", type="submit", class_name="button"),
        rx.cond(state.link != "", _fresh()),
        on_submit=state.make_link,
        class_name="form card",
    )


def _fresh() -> rx.Component:
    state = TeamInvitesState
    return rx.el.div(
        rx.el.p("Copy it now: it is shown this once."),
        rx.el.div(
            rx.el.code(state.link, id="team-link"),
            copy_button(state.link, "Copy the link"),
            class_name="secret",
        ),
        role="status",
        class_name="fresh-invite",
    )


def _role(id_: str, roles: tuple[Role, ...]) -> rx.Component:
    return rx.el.div(
        rx.el.label("They join as", html_for=id_),
        rx.el.select(
            *[rx.el.option(role.value, value=role.value) for role in roles],
            name="role",
            id=id_,
            default_value=Role.MEMBER.value,
        ),
        class_name="field",
    )


def _open() -> rx.Component:
    return rx.fragment(
        rx.el.h3("Open invites", id="open-invites-title"),
        rx.el.ul(
            rx.foreach(TeamInvitesState.rows, _item),
            class_name="list",
            aria_labelledby="open-invites-title",
        ),
    )


def _item(row: InviteRow) -> rx.Component:
    whom = rx.cond(row.address != "", row.address, "Whoever has the link")
    return rx.el.li(
        rx.cond(row.address != "", icon("mail", 18), icon("link", 18)),
        rx.el.div(
            rx.el.strong(whom),
            rx.el.p(
                f"As {row.role}, until ",
                moment(row.until, "date"),
                f", invited by {row.by}",
                class_name="hint",
            ),
            class_name="browser",
        ),
        rx.el.button(
            "Withdraw",
            type="button",
            on_click=TeamInvitesState.withdraw(row.address),
            class_name="button small",
            aria_label=f"Withdraw the invite for {whom}",
        ),
        key=row.address,
        class_name="list-item",
    )
