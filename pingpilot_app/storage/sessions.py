"""Browsers that are signed in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, exists, func, insert, or_, select, update

from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.role import Right, Role, allows
from pingpilot_app.storage.memberships import home_of
from pingpilot_app.storage.tables import accounts, memberships, second_factors, sessions, users

LIFETIME = timedelta(days=30)  # the defaults of SESSION_DAYS and SESSION_IDLE_DAYS
IDLE = timedelta(days=7)
BROWSERS_MAX = 100  # that one person may be signed in with; the oldest go
SEEN_EVERY = timedelta(minutes=5)  # how exactly it is known when a browser was last seen


@dataclass(frozen=True, slots=True)
class SessionView:
    """Who is signed in, and for which account. `proven`: the email is known to be theirs."""

    user_id: str
    account_id: str
    email: str
    is_operator: bool
    account_name: str
    role: Role = Role.OWNER
    name: str | None = None  # what colleagues see, where they chose one
    proven: bool = True
    last_seen_at: datetime | None = None
    time_zone: str | None = None  # what they prefer to the browser's
    week_start: int | None = None  # 0 for Monday to 6 for Sunday
    has_second_factor: bool = False
    client: str | None = None  # the address that the request in hand came from

    def may(self, right: Right) -> bool:
        """Tell whether their role in this account allows it."""
        return allows(self.role, right)

    @property
    def responder(self) -> Responder:
        """Return what colleagues see them as."""
        return Responder(called(self.name, self.email), self.user_id)

    @property
    def actor(self) -> Actor:
        """Return what the audit log calls this person."""
        return Actor(self.email, self.user_id, self.client)

    def act(self, action: Action, subject: str = "", **detail: str | int | bool | None) -> Entry:
        """Return what the audit log says of an act of theirs in their account."""
        return Entry(action, self.actor, self.account_id, subject, detail)


@dataclass(frozen=True, slots=True)
class BrowserView:
    """A browser that is signed in. `reference` names it to its owner."""

    hash: bytes
    created_at: datetime
    last_seen_at: datetime | None
    user_agent: str | None
    remote_address: str | None

    @property
    def reference(self) -> str:
        """Return what a page calls the session: not enough to sign in with."""
        return self.hash.hex()[:16]


def called(name: str | None, email: str) -> str:
    """Return what colleagues see somebody as: the name they chose, or their address before the @.

    ``called(None, "ann@example.org")`` is ``"ann"``.
    """
    return name or email.partition("@")[0]


def add_session(
    connection: Connection,
    token_hash: bytes,
    user_id: str,
    now: datetime,
    *,
    user_agent: str | None = None,
    remote_address: str | None = None,
    lifetime: timedelta = LIFETIME,
) -> str:
    """Sign a browser in to the account that the user used last, else to their own.

    Returns the account. Raises NotFound where they belong to none.
    """
    account_id = home_of(connection, user_id)
    if account_id is None:
        raise NotFound("You belong to no account any more.")
    connection.execute(
        insert(sessions).values(
            token_hash=token_hash,
            user_id=user_id,
            account_id=account_id,
            created_at=now,
            expires_at=now + lifetime,
            last_seen_at=now,
            user_agent=user_agent,
            remote_address=remote_address,
        )
    )
    _keep_newest(connection, user_id)
    return account_id


def _keep_newest(connection: Connection, user_id: str) -> None:
    mine = sessions.c.user_id == user_id
    newest = select(sessions.c.token_hash).where(mine).order_by(sessions.c.created_at.desc())
    older = connection.execute(newest.offset(BROWSERS_MAX).limit(BROWSERS_MAX)).scalars().all()
    if older:
        connection.execute(delete(sessions).where(mine, sessions.c.token_hash.in_(older)))


def _is_good(now: datetime, idle: timedelta) -> ColumnElement[bool]:
    """The session has not ended, neither by its age nor by nobody being there."""
    seen = func.coalesce(sessions.c.last_seen_at, sessions.c.created_at)
    return (sessions.c.expires_at > now) & (seen > now - idle)


def find_session(
    connection: Connection, token_hash: bytes, now: datetime, idle: timedelta = IDLE
) -> SessionView | None:
    """Return the session with this hash while it is valid and the user still in the account."""
    query = (
        select(
            sessions.c.user_id,
            sessions.c.account_id,
            users.c.email,
            users.c.is_operator,
            accounts.c.name.label("account_name"),
            memberships.c.role,
            users.c.name,
            users.c.verified_at.is_not(None).label("proven"),
            sessions.c.last_seen_at,
            users.c.time_zone,
            users.c.week_start,
            exists()
            .where(
                second_factors.c.user_id == sessions.c.user_id,
                second_factors.c.confirmed_at.is_not(None),
            )
            .label("has_second_factor"),
        )
        .join(users, users.c.id == sessions.c.user_id)
        .join(accounts, accounts.c.id == sessions.c.account_id)
        .join(
            memberships,
            (memberships.c.account_id == sessions.c.account_id)
            & (memberships.c.user_id == sessions.c.user_id),
        )
        .where(
            sessions.c.token_hash == token_hash,
            _is_good(now, idle),
            accounts.c.removed_at.is_(None),
        )
    )
    row = connection.execute(query).mappings().one_or_none()
    return SessionView(**row) if row else None


def mark_seen(connection: Connection, token_hash: bytes, now: datetime) -> None:
    """Note that the browser is there, unless that was noted a moment ago."""
    seen = sessions.c.last_seen_at
    long_ago = or_(seen.is_(None), seen <= now - SEEN_EVERY)
    here = (sessions.c.token_hash == token_hash, long_ago)
    connection.execute(update(sessions).where(*here).values(last_seen_at=now))


def list_sessions(
    connection: Connection, user_id: str, now: datetime, idle: timedelta = IDLE
) -> list[BrowserView]:
    """Return the browsers that the user is signed in with, the last seen first."""
    query = (
        select(
            sessions.c.token_hash,
            sessions.c.created_at,
            sessions.c.last_seen_at,
            sessions.c.user_agent,
            sessions.c.remote_address,
        )
        .where(sessions.c.user_id == user_id, _is_good(now, idle))
        .order_by(sessions.c.last_seen_at.desc(), sessions.c.created_at.desc())
    )
    return [BrowserView(*row) for row in connection.execute(query)]


def delete_session(connection: Connection, token_hash: bytes) -> str | None:
    """Sign the browser out; return who was signed in, None where nobody was."""
    gone = delete(sessions).where(sessions.c.token_hash == token_hash)
    user_id: str | None = connection.execute(
        gone.returning(sessions.c.user_id)
    ).scalar_one_or_none()
    return user_id


def delete_sessions_of(connection: Connection, user_id: str) -> None:
    """Sign all of the user's browsers out."""
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))


def delete_session_of(connection: Connection, user_id: str, reference: str) -> bool:
    """Sign one of the user's browsers out; False where there is none of this reference."""
    query = select(sessions.c.token_hash).where(sessions.c.user_id == user_id)
    for token_hash in connection.execute(query).scalars().all():
        if token_hash.hex()[:16] == reference:
            delete_session(connection, token_hash)
            return True
    return False


def delete_other_sessions(connection: Connection, user_id: str, token_hash: bytes) -> int:
    """Sign out all of the user's browsers but one; return how many went."""
    others = (sessions.c.user_id == user_id, sessions.c.token_hash != token_hash)
    return connection.execute(delete(sessions).where(*others)).rowcount
