"""Who belongs to an account, and as what.

What must always hold is looked at inside the transaction that changes it: an account has an owner,
nobody but an owner makes or touches one, nobody removes themselves but by leaving.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from pingpilot_app.domain.errors import Conflict, Forbidden, Invalid, NotFound
from pingpilot_app.domain.role import Right, Role, allows, refusal_of
from pingpilot_app.storage.links import LinkKind
from pingpilot_app.storage.own_destinations import forget_own
from pingpilot_app.storage.tables import (
    accounts,
    memberships,
    sessions,
    tokens,
    users,
)

_NOBODY = "Nobody of this account is meant by that any more. Load the page again."


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who belongs to an account. `seen_at`: when a browser of theirs was last there."""

    user_id: str
    email: str
    name: str | None  # what colleagues see, where they chose one
    role: Role
    since: datetime
    seen_at: datetime | None


@dataclass(frozen=True, slots=True)
class Place:
    """An account that somebody belongs to."""

    account_id: str
    name: str
    role: Role


def list_members(connection: Connection, account_id: str) -> list[Member]:
    """Return who belongs to the account: the mightiest first, then who is in it longest."""
    seen = (
        select(func.max(sessions.c.last_seen_at))
        .where(sessions.c.user_id == memberships.c.user_id, sessions.c.account_id == account_id)
        .scalar_subquery()
    )
    query = (
        select(
            memberships.c.user_id,
            users.c.email,
            users.c.name,
            memberships.c.role,
            memberships.c.created_at,
            seen,
        )
        .join(users, users.c.id == memberships.c.user_id)
        .where(memberships.c.account_id == account_id)
        .order_by(memberships.c.created_at, memberships.c.user_id)
    )
    order = list(Role)
    found = [Member(*row) for row in connection.execute(query)]
    return sorted(found, key=lambda member: order.index(member.role))


def accounts_of(connection: Connection, user_id: str) -> list[Place]:
    """Return the accounts that the user belongs to, by name."""
    query = (
        select(accounts.c.id, accounts.c.name, memberships.c.role)
        .join(memberships, memberships.c.account_id == accounts.c.id)
        .where(memberships.c.user_id == user_id, accounts.c.removed_at.is_(None))
        .order_by(func.lower(accounts.c.name), accounts.c.id)
    )
    return [Place(*row) for row in connection.execute(query)]


def home_of(connection: Connection, user_id: str) -> str | None:
    """Return the account that the user is led to: the last used, else their own, else the first.

    None where they belong to none.
    """
    query = (
        select(memberships.c.account_id)
        .where(memberships.c.user_id == user_id)
        .order_by(
            memberships.c.used_at.is_(None),
            memberships.c.used_at.desc(),
            memberships.c.role != Role.OWNER,
            memberships.c.created_at,
        )
        .limit(1)
    )
    return connection.execute(query).scalar_one_or_none()


def log_of(connection: Connection, user_id: str) -> str | None:
    """Return the account whose log tells of the user's login: one they own, else their home."""
    query = (
        select(memberships.c.account_id)
        .where(memberships.c.user_id == user_id, memberships.c.role == Role.OWNER)
        .order_by(memberships.c.created_at)
        .limit(1)
    )
    owned: str | None = connection.execute(query).scalar_one_or_none()
    return owned or home_of(connection, user_id)


def role_in(connection: Connection, account_id: str, user_id: str) -> Role | None:
    """Return what the user is in the account, None where they do not belong to it."""
    here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
    return connection.execute(select(memberships.c.role).where(*here)).scalar_one_or_none()


def add_member(
    connection: Connection, account_id: str, user_id: str, role: Role, now: datetime
) -> bool:
    """Let the user belong to the account; False, and nothing changed, where they do already."""
    if role_in(connection, account_id, user_id) is not None:
        return False
    connection.execute(
        insert(memberships).values(
            account_id=account_id, user_id=user_id, role=role, created_at=now
        )
    )
    return True


def change_role(
    connection: Connection, account_id: str, by: str | None, user_id: str, role: Role
) -> Role:
    """Give a member another role and return the one before. `by` None: whoever runs the instance.

    Raises Forbidden, NotFound, Conflict.
    """
    before = _touched(connection, account_id, by, user_id)
    if role is Role.OWNER:
        _demand(connection, account_id, by, Right.ACCOUNT)
    if before is Role.OWNER and role is not Role.OWNER:
        _keep_an_owner(connection, account_id, user_id)
    _set_role(connection, account_id, user_id, role)
    return before


def remove_member(
    connection: Connection, account_id: str, by: str | None, user_id: str, now: datetime
) -> None:
    """Let somebody belong to the account no longer. Raises Forbidden, NotFound, Conflict.

    Their browsers turn to another account of theirs, or are signed out. A link that anybody may
    join by works no longer: they may know it.
    """
    if by == user_id:
        raise Invalid("You cannot remove yourself. Leave the account instead.")
    if _touched(connection, account_id, by, user_id) is Role.OWNER:
        _keep_an_owner(connection, account_id, user_id)
    _end(connection, account_id, user_id, now)
    _drop_open_links(connection, account_id)


def leave(connection: Connection, account_id: str, user_id: str, now: datetime) -> None:
    """Let the user belong to the account no longer, as they wish. Raises NotFound, Conflict."""
    role = role_in(connection, account_id, user_id)
    if role is None:
        raise NotFound(_NOBODY)
    if role is Role.OWNER:
        _keep_an_owner(connection, account_id, user_id)
    _end(connection, account_id, user_id, now)


def hand_over(connection: Connection, account_id: str, by: str, user_id: str) -> None:
    """Make a member owner in the place of `by`, who is an admin then.

    Raises Forbidden, NotFound, Invalid.
    """
    _demand(connection, account_id, by, Right.ACCOUNT)
    if by == user_id:
        raise Invalid("You own this account already. Choose somebody else.")
    if role_in(connection, account_id, user_id) is None:
        raise NotFound(_NOBODY)
    _set_role(connection, account_id, user_id, Role.OWNER)
    _set_role(connection, account_id, by, Role.ADMIN)


def switch_account(
    connection: Connection, token_hash: bytes, user_id: str, account_id: str, now: datetime
) -> None:
    """Turn a browser of the user to another account of theirs. Raises NotFound."""
    if account_id not in {place.account_id for place in accounts_of(connection, user_id)}:
        raise NotFound("You do not belong to this account any more.")
    mine = (sessions.c.token_hash == token_hash, sessions.c.user_id == user_id)
    connection.execute(update(sessions).where(*mine).values(account_id=account_id))
    mark_used(connection, account_id, user_id, now)


def mark_used(connection: Connection, account_id: str, user_id: str, now: datetime) -> None:
    """Note that the user turned to the account: the next time they sign in, they are there."""
    here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
    connection.execute(update(memberships).where(*here).values(used_at=now))


def _touched(connection: Connection, account_id: str, by: str | None, user_id: str) -> Role:
    """Return the role of somebody whom `by` may change. Raises Forbidden, NotFound."""
    _demand(connection, account_id, by, Right.TEAM)
    role = role_in(connection, account_id, user_id)
    if role is None:
        raise NotFound(_NOBODY)
    if role is Role.OWNER:
        _demand(connection, account_id, by, Right.ACCOUNT)
    return role


def _demand(connection: Connection, account_id: str, by: str | None, right: Right) -> None:
    """Raise Forbidden where the one who acts may not, or no longer."""
    if by is None:
        return
    role = role_in(connection, account_id, by)
    if role is None or not allows(role, right):
        raise Forbidden(refusal_of(right))


def _keep_an_owner(connection: Connection, account_id: str, without: str) -> None:
    others = (
        memberships.c.account_id == account_id,
        memberships.c.role == Role.OWNER,
        memberships.c.user_id != without,
    )
    if connection.execute(select(memberships.c.user_id).where(*others)).first() is None:
        raise Conflict(
            "An account always has an owner, and this is the last one. Make somebody else owner "
            "first."
        )


def _set_role(connection: Connection, account_id: str, user_id: str, role: Role) -> None:
    here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
    connection.execute(update(memberships).where(*here).values(role=role))
    if not allows(role, Right.TEAM):
        _drop_tokens_of(connection, account_id, user_id)


def _end(connection: Connection, account_id: str, user_id: str, now: datetime) -> None:
    """What they did stays, with their name; what they had in the account goes."""
    here = (memberships.c.account_id == account_id, memberships.c.user_id == user_id)
    connection.execute(delete(memberships).where(*here))
    _drop_tokens_of(connection, account_id, user_id)
    forget_own(connection, account_id, user_id, now)
    _turn_away(connection, account_id, user_id)


def _turn_away(connection: Connection, account_id: str, user_id: str) -> None:
    """Lead the browsers that are at the account to another of the user's, or sign them out."""
    there = (sessions.c.account_id == account_id, sessions.c.user_id == user_id)
    home = home_of(connection, user_id)
    if home is None:
        connection.execute(delete(sessions).where(*there))
    else:
        connection.execute(update(sessions).where(*there).values(account_id=home))


def _drop_tokens_of(connection: Connection, account_id: str, user_id: str) -> None:
    """Let no link work that they made for the account, nor what they began in it."""
    theirs = (tokens.c.account_id == account_id, tokens.c.user_id == user_id)
    connection.execute(delete(tokens).where(*theirs))


def _drop_open_links(connection: Connection, account_id: str) -> None:
    here = (tokens.c.account_id == account_id, tokens.c.kind == LinkKind.JOIN)
    connection.execute(delete(tokens).where(*here, tokens.c.subject == ""))
