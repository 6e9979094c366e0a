"""Browsers that are signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select

from pingpilot_app.storage.accounts import OWNER
from pingpilot_app.storage.tables import accounts, memberships, sessions, users

LIFETIME = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who is signed in, and for which account."""

    user_id: str
    account_id: str
    email: str
    is_operator: bool
    account_name: str


def add_session(connection: Connection, token_hash: bytes, user_id: str, now: datetime) -> None:
    """Sign a browser in to the user's own account."""
    own = (
        select(memberships.c.account_id)
        .where(memberships.c.user_id == user_id)
        .order_by(memberships.c.role != OWNER, memberships.c.created_at)
        .limit(1)
    )
    connection.execute(
        insert(sessions).values(
            token_hash=token_hash,
            user_id=user_id,
            account_id=connection.execute(own).scalar_one(),
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )


def find_session(connection: Connection, token_hash: bytes, now: datetime) -> SessionView | None:
    """Return the session with this hash while it is valid and the user still in the account."""
    query = (
        select(
            sessions.c.user_id,
            sessions.c.account_id,
            users.c.email,
            users.c.is_operator,
            accounts.c.name.label("account_name"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .join(
            memberships,
            (memberships.c.account_id == sessions.c.account_id)
            & (memberships.c.user_id == sessions.c.user_id),
        )
        .where(sessions.c.token_hash == token_hash, sessions.c.expires_at > now)
    )
    row = connection.execute(query).mappings().one_or_none()
    return SessionView(**row) if row else None


def delete_session(connection: Connection, token_hash: bytes) -> None:
    """Sign the browser out."""
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))
