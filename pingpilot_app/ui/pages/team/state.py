"""Who belongs to the account, and what the viewer may do about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.role import Right, Role
from pingpilot_app.storage.memberships import Member, list_members
from pingpilot_app.storage.sessions import SessionView, called
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.asking import Asking, Loss
from pingpilot_app.ui.browser_acts import go_away, toast
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.team import acts
from pingpilot_app.ui.session import to_sign_in

REMOVE, HAND_OVER, LEAVE = "remove ", "hand over ", "leave"  # what the dialogs' keys begin with

_REMOVED = (
    "They are out at once, and told by mail. Their own destinations in this account go, and so do "
    "the invites that they made and the link that anybody may join by. What they claimed and said "
    "stays, with their name."
)
_LEFT = (
    "You are out at once. Your own destinations in this account go, and so do the invites that you "
    "made. What you claimed and said stays, with your name. To come back you need an invite."
)
_HANDED = (
    "They may do everything then, and you are an admin: you can no longer name owners, copy the "
    "whole account or delete it. Only they can undo this."
)


@dataclass(frozen=True)
class MemberRow:
    """Somebody of the account. Times are ISO 8601; `seen` is empty for never.

    `in_reach`: the viewer may change their role and remove them.
    """

    id: str
    name: str
    initial: str
    email: str
    role: str
    since: str
    seen: str
    is_me: bool
    in_reach: bool


class TeamState(Live, Asking, rx.State):
    """The people of the viewer's account."""

    access: ClassVar[Needed] = Right.TEAM
    access_to: ClassVar[Mapping[str, Needed]] = {
        **dict.fromkeys(("watch", "ask", "keep", "leave"), Right.LOOK),
        "hand_over": Right.ACCOUNT,
    }

    rows: list[MemberRow] = []
    alone: bool = False  # nobody else belongs to the account
    last_owner: bool = False  # the viewer is, and so cannot leave

    def _begin(self) -> None:
        self.doomed = ""

    async def _load(self, session: SessionView) -> None:
        found = await current().database.read(list_members, session.account_id)
        owners = [one.user_id for one in found if one.role is Role.OWNER]
        self._put(
            rows=[_row(one, session) for one in found],
            alone=len(found) == 1,
            last_owner=owners == [session.user_id],
        )

    def _losses(self) -> list[Loss]:
        others = [row for row in self.rows if not row.is_me]
        return [
            *[Loss(f"{REMOVE}{row.id}", row.name, _REMOVED) for row in others],
            *[Loss(f"{HAND_OVER}{row.id}", row.name, _HANDED) for row in others],
            Loss(LEAVE, "", _LEFT),
        ]

    @rx.event
    async def change_role(self, user_id: str, role: str) -> Any:
        """Give a member another role."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            member = await acts.change_role(session, user_id, role)
        except PingPilotError as refusal:
            return await self._refused(refusal)
        await self._show()
        return toast.success(f"{called(member.name, member.email)} is {role} now.")

    @rx.event
    async def remove(self) -> Any:
        """Remove the member who was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        user_id = self._asked(REMOVE)
        try:
            member = await acts.remove(session, user_id) if user_id else None
        except PingPilotError as refusal:
            return await self._refused(refusal)
        await self._show()
        return toast.success(f"{member.email} is out.") if member else None

    @rx.event
    async def hand_over(self) -> Any:
        """Make the member who was asked about owner in the viewer's place."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        user_id = self._asked(HAND_OVER)
        try:
            member = await acts.hand_over(session, user_id) if user_id else None
        except PingPilotError as refusal:
            return await self._refused(refusal)
        await self._show()
        return toast.success(f"The account is {member.email}'s now.") if member else None

    @rx.event
    async def leave(self) -> Any:
        """Leave the account, if that was asked about."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        asked, self.doomed = self.doomed, ""
        if asked != LEAVE:
            return None
        try:
            await acts.leave(session)
        except PingPilotError as refusal:
            return await self._refused(refusal)
        return go_away("/feed")  # of another account of theirs, or to sign in

    def _asked(self, what: str) -> str:
        """Close the dialog and return whom it was about; empty: about something else."""
        asked, self.doomed = self.doomed, ""
        return asked.removeprefix(what) if asked.startswith(what) else ""

    async def _refused(self, refusal: PingPilotError) -> Any:
        self.rows = []  # drawn anew, a choice that was refused shows what holds
        await self._show()
        return toast.error(refusal.message)


def _row(member: Member, viewer: SessionView) -> MemberRow:
    name, is_me = called(member.name, member.email), member.user_id == viewer.user_id
    needed = Right.ACCOUNT if member.role is Role.OWNER else Right.TEAM
    return MemberRow(
        id=member.user_id,
        name=name,
        initial=name[:1].upper(),
        email=member.email,
        role=member.role.value,
        since=iso_milliseconds(member.since),
        seen=iso_milliseconds(member.seen_at) if member.seen_at else "",
        is_me=is_me,
        in_reach=viewer.may(needed) and not is_me,
    )
