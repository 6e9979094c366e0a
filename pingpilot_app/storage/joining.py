"""Links by which people join an account: by mail for one address, or for whoever has the link."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, select

from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import Conflict, Forbidden, Invalid, NotFound
from pingpilot_app.domain.role import Right, Role, allows, refusal_of
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.links import Link, LinkKind, add_link, find_link, take_link
from pingpilot_app.storage.memberships import add_member, mark_used, role_in
from pingpilot_app.storage.sessions import called
from pingpilot_app.storage.tables import accounts, tokens, users
from pingpilot_app.storage.users import user_with

OPEN_MAX = 100  # invites of an account that nobody has used yet
ANYBODY = "whoever has the link"  # what the audit log calls whom such a link is for
INVITABLE = (Role.ADMIN, Role.MEMBER, Role.VIEWER)  # owners are named from among these
BY_LINK = (Role.MEMBER, Role.VIEWER)  # a link goes from hand to hand
TOO_LATE = "This invite was used, withdrawn, or is more than seven days old."


@dataclass(frozen=True, slots=True)
class Invite:
    """A link to join by. `address` is empty where it is for whoever has it."""

    account_id: str
    account: str
    role: Role
    address: str
    by: str  # what the one who made it is called
    by_email: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offer:
    """What somebody of an account wants to invite to. `by` is their id; `address` as above."""

    account_id: str
    by: str
    role: Role
    address: str = ""


def invite(connection: Connection, offer: Offer, token_hash: bytes, now: datetime) -> None:
    """Add a link in the place of an earlier one for the same address, or for whoever has it.

    Raises Forbidden, Invalid, Conflict.
    """
    _may(role_in(connection, offer.account_id, offer.by))
    if offer.role not in (INVITABLE if offer.address else BY_LINK):
        raise Invalid("Choose what they join as.")
    user = user_with(connection, offer.address) if offer.address else None
    if user is not None and role_in(connection, offer.account_id, user.id) is not None:
        raise Conflict(f"{offer.address} belongs to this account already.")
    if len(list_open(connection, offer.account_id, now)) >= OPEN_MAX:
        raise Conflict(f"{OPEN_MAX} invites are open. Withdraw some first.")
    _add(connection, offer, token_hash, now)


def invite_onwards(
    connection: Connection, shared: bytes, token_hash: bytes, address: str, now: datetime
) -> Invite | None:
    """Add a link for `address`, which somebody entered who has a link for anybody.

    One that the address has already keeps its role. Returns None where `shared` is not good, or
    too many invites are open.
    """
    found = find_link(connection, (LinkKind.JOIN,), shared, now)
    told = _told(connection, found)
    if found is None or told is None or told.address or found.user_id is None:
        return None
    opened = list_open(connection, told.account_id, now)
    known = next((one for one in opened if one.address == address), None)
    if known is None and len(opened) >= OPEN_MAX:
        return None
    role = known.role if known else told.role
    _add(connection, Offer(told.account_id, found.user_id, role, address), token_hash, now)
    return find_invite(connection, token_hash, now)


def find_invite(connection: Connection, token_hash: bytes, now: datetime) -> Invite | None:
    """Return what the link with this hash invites to, None where it is unknown, old or used."""
    return _told(connection, find_link(connection, (LinkKind.JOIN,), token_hash, now))


def list_open(connection: Connection, account_id: str, now: datetime) -> list[Invite]:
    """Return the account's links that somebody may still join by, the newest first."""
    query = (
        select(tokens.c.hash)
        .where(tokens.c.account_id == account_id, tokens.c.kind == LinkKind.JOIN)
        .order_by(tokens.c.created_at.desc())
    )
    found = connection.execute(query).scalars().all()
    told = (find_invite(connection, token_hash, now) for token_hash in found)
    return [one for one in told if one is not None]


def withdraw(connection: Connection, account_id: str, by: str, address: str, now: datetime) -> None:
    """Let nobody join by the link for this address. Raises Forbidden, NotFound."""
    _may(role_in(connection, account_id, by))
    if address not in {one.address for one in list_open(connection, account_id, now)}:
        raise NotFound("This invite is open no longer.")
    here = (tokens.c.account_id == account_id, tokens.c.subject == address)
    connection.execute(delete(tokens).where(tokens.c.kind == LinkKind.JOIN, *here))


def join(connection: Connection, token_hash: bytes, actor: Actor, now: datetime) -> Invite:
    """Let the actor belong to the account that the link is for, and write it down.

    A link for an address is used up, and for that address alone. Who belongs to
    the account already keeps their role. Raises Invalid.
    """
    told, user_id = find_invite(connection, token_hash, now), actor.user_id
    if told is None or user_id is None:
        raise Invalid(TOO_LATE)
    if told.address and told.address != actor.name:
        raise Invalid(f"This invite is for {told.address}. Sign in with that address.")
    if told.address and take_link(connection, (LinkKind.JOIN,), token_hash, now) is None:
        raise Invalid(TOO_LATE)
    if add_member(connection, told.account_id, user_id, told.role, now):
        entry = Entry(Action.MEMBER_JOINED, actor, told.account_id, told.role.value)
        add_entry(connection, entry, now)
    mark_used(connection, told.account_id, user_id, now)
    return told


def _add(connection: Connection, offer: Offer, token_hash: bytes, now: datetime) -> None:
    add_link(
        connection,
        LinkKind.JOIN,
        token_hash,
        now,
        address=offer.address,
        user_id=offer.by,
        account_id=offer.account_id,
        role=offer.role.value,
    )


def _told(connection: Connection, link: Link | None) -> Invite | None:
    """Return what a link says: nothing where its account is gone."""
    if link is None or link.account_id is None or link.role is None or link.user_id is None:
        return None
    here = (accounts.c.id == link.account_id, accounts.c.removed_at.is_(None))
    name: str | None = connection.execute(select(accounts.c.name).where(*here)).scalar()
    if name is None:
        return None
    who = select(users.c.name, users.c.email).where(users.c.id == link.user_id)
    maker = connection.execute(who).one()
    by = called(maker.name, maker.email), maker.email
    return Invite(link.account_id, name, Role(link.role), link.address, *by, link.expires_at)


def _may(role: Role | None) -> None:
    if role is None or not allows(role, Right.TEAM):
        raise Forbidden(refusal_of(Right.TEAM))
