"""People who sign in."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from pingpilot_app.domain.errors import Conflict, Invalid, NotFound, Problem
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.second_step import drop_steps
from pingpilot_app.storage.tables import sessions, users

NAME_MAX = 60  # characters


@dataclass(frozen=True, slots=True)
class UserView:
    """Somebody who signs in. `proven`: the address is known to be theirs."""

    id: str
    email: str
    password_hash: str | None
    is_operator: bool
    proven: bool


@dataclass(frozen=True, slots=True)
class Preferences:
    """How somebody counts days: None where it is as their browser has it.

    `time_zone` is an IANA name; `week_start` 0 for Monday to 6 for Sunday.
    """

    time_zone: str | None
    week_start: int | None


def any_user(connection: Connection) -> bool:
    """Tell whether somebody has an account on this instance."""
    return bool(connection.execute(select(exists().select_from(users))).scalar_one())


def add_user(
    connection: Connection,
    email: str,
    password_hash: str | None,
    now: datetime,
    *,
    is_operator: bool = False,
    proven: bool = True,
    name: str | None = None,
) -> str:
    """Add a user and return the id. Raises Conflict where the address is taken."""
    if connection.execute(select(users.c.id).where(users.c.email == email)).first():
        raise Conflict(f"{email} already has an account.")
    user_id = new_id("usr")
    connection.execute(
        insert(users).values(
            id=user_id,
            email=email,
            name=name,
            password_hash=password_hash,
            is_operator=is_operator,
            verified_at=now if proven else None,
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


_VIEW = (
    users.c.id,
    users.c.email,
    users.c.password_hash,
    users.c.is_operator,
    users.c.verified_at.is_not(None),
)


def user_with(connection: Connection, email: str) -> UserView | None:
    """Return who signs in by this address."""
    row = connection.execute(select(*_VIEW).where(users.c.email == email)).one_or_none()
    return UserView(*row) if row else None


def get_user(connection: Connection, user_id: str) -> UserView | None:
    """Return the user with this id."""
    row = connection.execute(select(*_VIEW).where(users.c.id == user_id)).one_or_none()
    return UserView(*row) if row else None


def known_user(connection: Connection, email: str) -> UserView:
    """Return who signs in by this address. Raises NotFound."""
    user = user_with(connection, email)
    if user is None:
        raise _nobody(email)
    return user


def count_others(connection: Connection, user_id: str) -> tuple[int, int]:
    """Return how many other people there are, and how many other operators."""
    others = users.c.id != user_id
    query = select(func.count(), func.count().filter(users.c.is_operator)).where(others)
    people, operators = connection.execute(query.select_from(users)).one()
    return people, operators


def set_operator(connection: Connection, email: str, is_operator: bool) -> None:
    """Let the user with this address run the instance, or no longer. Raises NotFound.

    What they may do changes, so all their browsers sign in anew.
    """
    changed = update(users).where(users.c.email == email).values(is_operator=is_operator)
    if connection.execute(changed).rowcount == 0:
        raise _nobody(email)
    theirs = select(users.c.id).where(users.c.email == email).scalar_subquery()
    connection.execute(delete(sessions).where(sessions.c.user_id == theirs))


def set_password(connection: Connection, email: str, password_hash: str) -> None:
    """Replace the password of the user with this address and end the sessions. Raises NotFound."""
    replace_password(connection, known_user(connection, email).id, password_hash)


def renew_hash(connection: Connection, user_id: str, known: str, password_hash: str) -> None:
    """Store the same password hashed anew, unless it was replaced meanwhile."""
    here = (users.c.id == user_id, users.c.password_hash == known)
    connection.execute(update(users).where(*here).values(password_hash=password_hash))


def replace_password(connection: Connection, user_id: str, password_hash: str) -> None:
    """Replace the user's password and end all sessions, and whatever was to become one."""
    drop_steps(connection, user_id)
    connection.execute(delete(sessions).where(sessions.c.user_id == user_id))
    here = users.c.id == user_id
    connection.execute(update(users).where(here).values(password_hash=password_hash))


def preferences(connection: Connection, user_id: str) -> Preferences:
    """Return how the user counts days."""
    query = select(users.c.time_zone, users.c.week_start).where(users.c.id == user_id)
    row = connection.execute(query).one_or_none()
    return Preferences(*row) if row else Preferences(None, None)


def set_preferences(connection: Connection, user_id: str, chosen: Preferences) -> None:
    """Keep how the user counts days."""
    kept = {"time_zone": chosen.time_zone, "week_start": chosen.week_start}
    connection.execute(update(users).where(users.c.id == user_id).values(kept))


def parse_name(text: str) -> str | None:
    """Return what colleagues are to see somebody as, None where nothing is entered.

    Raises Invalid.
    """
    name = " ".join(text.split())
    if len(name) > NAME_MAX or not name.isprintable():
        sentence = f"Enter a name of at most {NAME_MAX} characters."
        raise Invalid(sentence, (Problem("name", sentence),))
    return name or None


def set_name(connection: Connection, user_id: str, name: str | None) -> None:
    """Keep what colleagues see the user as; None: their address before the @."""
    connection.execute(update(users).where(users.c.id == user_id).values(name=name))


def _nobody(email: str) -> NotFound:
    return NotFound(f"Nobody with the address {email} has an account here.")
