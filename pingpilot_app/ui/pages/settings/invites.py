"""Operators invite people to accounts of their own."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.account_mail import invite_link, send_invite
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Conflict, PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.settings import Signup
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.links import list_invites, withdraw_invite
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.storage.users import user_with
from pingpilot_app.ui.access import Access, Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.forms import field
from pingpilot_app.ui.components.html import moment
from pingpilot_app.ui.components.snippet import copy_button
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.session import to_sign_in


@dataclass(frozen=True)
class InviteRow:
    """An invite that nobody has used yet."""

    address: str
    until: str


class InvitesState(Live, rx.State):
    """The instance's open invites; `link` is shown to whoever made it, this once."""

    access: ClassVar[Needed] = Access.OPERATORS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Access.SIGNED_IN}

    allowed: bool = False
    rows: list[InviteRow] = []
    errors: dict[str, str] = {}
    link: str = ""
    invited: str = ""
    mailed: bool = False

    def _begin(self) -> None:
        self.link = self.invited = ""

    async def _load(self, session: SessionView) -> None:
        self.allowed = _may_invite(session)
        found = await current().database.read(list_invites, now()) if self.allowed else []
        self.rows = [InviteRow(one.address, iso_milliseconds(one.expires_at)) for one in found]

    @rx.event
    async def create(self, form: dict[str, Any]) -> Any:
        """Make an invite, show its link and mail it."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not _may_invite(session):
            return None
        try:
            self.invited, self.link = await _invite(session, entered(form, "email"))
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "email")
            return None
        self.errors, self.mailed = {}, can_send_letters(current())
        await self._show()
        return None

    @rx.event
    async def withdraw(self, address: str) -> Any:
        """Let nobody use the invite for this address."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if not _may_invite(session) or not isinstance(address, str):
            return None
        await _withdraw(session, address)
        if address == self.invited:
            self.link = self.invited = ""
        await self._show()
        return toast.success("Withdrawn. The link opens nothing any more.")


def _may_invite(session: SessionView) -> bool:
    return session.is_operator and current().settings.signup is not Signup.FIRST


async def _invite(session: SessionView, text: str) -> tuple[str, str]:
    """Return the address and the link. Raises Invalid, Conflict."""
    instance, address = current(), parse_email(text)
    if await instance.database.read(user_with, address) is not None:
        raise Conflict(f"{address} already has an account.")
    what = replace(session.act(Action.INVITED, address), account_id=None)
    link = await instance.writer.act(what, invite_link, instance.settings, address, session.user_id)
    if can_send_letters(instance):
        instance.background.begin(send_invite(instance, link, address), "inviting somebody")
    return address, link


async def _withdraw(session: SessionView, address: str) -> None:
    """Withdraw an invite, if there is one."""
    await current().writer.run(None, _withdraw_and_note, session, address)


def _withdraw_and_note(connection: Connection, session: SessionView, address: str) -> None:
    moment = now()
    if address in [one.address for one in list_invites(connection, moment)]:
        what = replace(session.act(Action.INVITE_WITHDRAWN, address), account_id=None)
        add_entry(connection, what, moment)
        withdraw_invite(connection, address)


def invites() -> rx.Component:
    """Show the form and the invites that are open."""
    state = InvitesState
    return rx.fragment(
        rx.el.form(
            field(
                "Their email",
                "email",
                id="invite-email",
                errors=state.errors,
                type="email",
                auto_complete="off",
                max_length=254,
                required=True,
            ),
            rx.el.button("Invite", type="submit", class_name="button primary"),
            on_submit=state.create,
            reset_on_submit=True,
            class_name="form",
        ),
        rx.cond(state.link != "", _fresh()),
        rx.cond(state.rows, rx.el.ul(rx.foreach(state.rows, _item), class_name="list")),
    )


def _fresh() -> rx.Component:
    state = InvitesState
    return rx.el.div(
        rx.el.p(
            "The invite for ",
            rx.el.strong(state.invited),
            rx.cond(state.mailed, " is on its way by mail. ", ". No mail is sent from here. "),
            "You may hand the link over yourself; it is shown this once.",
        ),
        rx.el.div(
            rx.el.code(state.link, id="fresh-invite"),
            copy_button(state.link, "Copy the invite"),
            class_name="secret",
        ),
        role="status",
        class_name="fresh-invite",
    )


def _item(row: InviteRow) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(row.address),
            rx.el.p("Until ", moment(row.until, "date"), class_name="hint"),
            class_name="browser",
        ),
        rx.el.button(
            "Withdraw",
            type="button",
            on_click=InvitesState.withdraw(row.address),
            class_name="button small",
            aria_label=f"Withdraw the invite for {row.address}",
        ),
        key=row.address,
        class_name="list-item",
    )
