"""People who sign in."""

from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from pingpilot_app.domain.errors import Conflict, NotFound
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.tables import sessions, users


def any_user(connection: Connection) -> bool:
    """Tell whether somebody has an account on this instance."""
    return bool(connection.execute(select(func.count()).select_from(users)).scalar_one())


def add_user(
    connection: Connection,
    email: str,
    password_hash: str | None,
    now: datetime,
    *,
    is_operator: bool = False,
) -> str:
    """Add a verified user and return the id. Raises Conflict where the address is taken."""
    if connection.execute(select(users.c.id).where(users.c.email == email)).first():
        raise Conflict(f"{email} already has an account.")
    user_id = new_id("usr")
    connection.execute(
        insert(users).values(
            id=user_id,
            email=email,
            password_hash=password_hash,
            is_operator=is_operator,
            verified_at=now,
            created_at=now,
        )
    )
    return user_id


def password_of(connection: Connection, email: str) -> tuple[str, str] | None:
    """Return (user id, password hash) of the user with this address, None where there is none."""
    query = select(users.c.id, users.c.password_hash).where(
        users.c.email == email, users.c.password_hash.is_not(None)
    )
    row = connection.execute(query).one_or_none()
    return (row.id, row.password_hash) if row else None


def set_password(connection: Connection, email: str, password_hash: str) -> None:
    """Replace the password of the user with this address and end the sessions. Raises NotFound."""
    user_id = connection.execute(
        select(users.c.id).where(users.c.email == email)
    ).scalar_one_or_none()
    if user_id is None:
        raise NotFound(f"Nobody with the address {email} has an account here.")
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    here = users.c.id == user_id
    connection.execute(update(users).where(here).values(password_hash=password_hash))
