"""What somebody does with the people of their account; storage/memberships.py says who may."""

from functools import partial

from pingpilot_app.delivery.account_mail import (
    join_link,
    send_handed_over,
    send_removed,
    send_team_invite,
)
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.letters import can_send_letters
from pingpilot_app.domain.account_letters import Team
from pingpilot_app.domain.address import mailbox, parse_email
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.errors import Invalid, LimitReached, NotFound, Problem
from pingpilot_app.domain.role import Role
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.storage import looks, memberships
from pingpilot_app.storage.joining import ANYBODY, Offer, invite, withdraw
from pingpilot_app.storage.memberships import Member, list_members
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.membership import forget_members
from pingpilot_app.ui.session import forget_user
from pingpilot_app.ui.throttle import Allowance

_by_account = Allowance(50, 3_600)  # invites that an account may mail in an hour
_by_address = Allowance(3, 3_600)  # that one address may get


async def change_role(session: SessionView, user_id: str, wanted: str) -> Member:
    """Give a member another role and return them. Raises Forbidden, NotFound, Conflict, Invalid."""
    account_id, member = session.account_id, await _member(session, user_id)
    entry = session.act(Action.MEMBER_CHANGED, member.email)
    look = looks.at_role(account_id, user_id)
    change = partial(memberships.change_role, account_id=account_id, by=session.user_id)
    role = parse_role(wanted)
    await current().writer.change(entry, look, change, user_id=user_id, role=role)
    forget_user(user_id)
    return member


async def remove(session: SessionView, user_id: str) -> Member:
    """Remove somebody, who is out at once and told by mail, and return who it was.

    Raises Forbidden, NotFound, Conflict, Invalid.
    """
    account_id, member = session.account_id, await _member(session, user_id)
    entry = session.act(Action.MEMBER_REMOVED, member.email, role=member.role.value)
    removal = partial(memberships.remove_member, account_id=account_id, by=session.user_id)
    await current().writer.act(entry, removal, user_id=user_id, now=now())
    forget_user(user_id)  # their open pages leave, or turn to another account
    told = send_removed(current(), member.email, _team(session))
    current().background.begin(told, "telling who was removed")
    return member


async def leave(session: SessionView) -> None:
    """Let the viewer leave the account. Raises NotFound, Conflict."""
    account_id, user_id = session.account_id, session.user_id
    entry = session.act(Action.MEMBER_LEFT, role=session.role.value)
    await current().writer.act(entry, memberships.leave, account_id, user_id, now())
    forget_user(user_id)


async def hand_over(session: SessionView, user_id: str) -> Member:
    """Make somebody owner in the viewer's place, and return who. Raises as `hand_over` there."""
    account_id, member = session.account_id, await _member(session, user_id)
    entry = session.act(Action.ACCOUNT_HANDED_OVER, member.email)
    by = session.user_id
    await current().writer.act(entry, memberships.hand_over, account_id, by, user_id)
    await forget_members(account_id)
    told = send_handed_over(current(), member.email, _team(session))
    current().background.begin(told, "telling the new owner")
    return member


async def invite_by_mail(session: SessionView, entered: str, wanted: str) -> str:
    """Mail an invite and return the address. Raises Invalid, Forbidden, Conflict, LimitReached."""
    instance, address, role = current(), parse_email(entered), parse_role(wanted)
    if not can_send_letters(instance):
        raise _wrong("This PingPilot has no mail server. Make a link instead, and hand it over.")
    if not session.proven:
        raise _wrong("Confirm your own address first: the invite names you.")
    if not _by_address.take(mailbox(address)) or not _by_account.take(session.account_id):
        raise LimitReached("Too many invites were mailed. Try again in an hour.", 3_600)
    link = await _offer(session, role, address)
    mailing = send_team_invite(instance, link, address, _team(session), role.value)
    instance.background.begin(mailing, "inviting somebody")
    return address


async def make_link(session: SessionView, wanted: str) -> str:
    """Return a link by which anybody may join; the one before works no longer.

    Raises Invalid, Forbidden, Conflict.
    """
    return await _offer(session, parse_role(wanted), "")


async def withdraw_invite(session: SessionView, address: str) -> None:
    """Let nobody join by the invite for this address; empty: by the link. Raises Forbidden."""
    entry = session.act(Action.INVITE_WITHDRAWN, address or ANYBODY)
    account_id, by = session.account_id, session.user_id
    await current().writer.act(entry, withdraw, account_id, by, address, now())


def parse_role(text: str) -> Role:
    """Return the role of this name. Raises Invalid."""
    if text not in list(Role):
        raise _wrong("Choose a role from the list.")
    return Role(text)


async def _offer(session: SessionView, role: Role, address: str) -> str:
    token = new_token()
    entry = session.act(Action.INVITED, address or ANYBODY, role=role.value)
    offer = Offer(session.account_id, session.user_id, role, address)
    await current().writer.act(entry, invite, offer, hash_token(token), now())
    return join_link(current().settings, token)


async def _member(session: SessionView, user_id: str) -> Member:
    for member in await current().database.read(list_members, session.account_id):
        if member.user_id == user_id:
            return member
    raise NotFound("This person belongs to the account no longer.")


def _team(session: SessionView) -> Team:
    return Team(session.account_name, session.email)


def _wrong(sentence: str) -> Invalid:
    return Invalid(sentence, (Problem("email", sentence),))
