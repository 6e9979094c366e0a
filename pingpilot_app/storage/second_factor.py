"""The second factor of people who sign in: their app's secret, and recovery codes as hashes.

Nothing here tells whether a code was wrong, old or used already: it is right, or it is not.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.second_factor import (
    SETUP_LIFETIME,
    bare_recovery_code,
    is_app_code,
    step_of,
)
from pingpilot_app.storage.tables import recovery_codes, second_factors, users


@dataclass(frozen=True, slots=True)
class FactorView:
    """How somebody's second factor stands: `on` since then, or `begun` and not confirmed yet."""

    on_since: datetime | None = None
    begun: bool = False
    codes_left: int = 0


def factor_of(connection: Connection, user_id: str, now: datetime) -> FactorView:
    """Return how the user's second factor stands, without its secret."""
    query = select(second_factors.c.confirmed_at, second_factors.c.created_at)
    row = connection.execute(query.where(second_factors.c.user_id == user_id)).one_or_none()
    if row is None:
        return FactorView()
    if row.confirmed_at is None:
        return FactorView(begun=row.created_at > now - SETUP_LIFETIME)
    return FactorView(on_since=row.confirmed_at, codes_left=count_codes(connection, user_id))


def is_on(connection: Connection, user_id: str) -> bool:
    """Tell whether the user shows a second factor to sign in."""
    here = (second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_not(None))
    return connection.execute(select(second_factors.c.user_id).where(*here)).first() is not None


def begin(connection: Connection, user_id: str, secret: str, now: datetime) -> bool:
    """Keep a secret until a code of it is entered; False, and nothing kept, where one is on."""
    if is_on(connection, user_id):
        return False
    connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
    connection.execute(
        insert(second_factors).values(user_id=user_id, secret=secret, last_step=0, created_at=now)
    )
    return True


def give_up(connection: Connection, user_id: str) -> None:
    """Forget a secret of which no code was entered."""
    waiting = (second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_(None))
    connection.execute(delete(second_factors).where(*waiting))


def confirm(
    connection: Connection, user_id: str, text: str, codes: Iterable[str], now: datetime
) -> bool:
    """Switch the second factor on by a first code of the app, with these recovery codes."""
    query = select(second_factors.c.secret).where(
        second_factors.c.user_id == user_id,
        second_factors.c.confirmed_at.is_(None),
        second_factors.c.created_at > now - SETUP_LIFETIME,
    )
    secret = connection.execute(query).scalar_one_or_none()
    step = step_of(secret, text, now) if secret else None
    if step is None:
        return False
    here = second_factors.c.user_id == user_id
    connection.execute(update(second_factors).where(here).values(confirmed_at=now, last_step=step))
    replace_codes(connection, user_id, codes)
    return True


def take_app_code(connection: Connection, user_id: str, text: str, now: datetime) -> bool:
    """Tell whether it is a code of the user's app, which was not taken before.

    Raises KeyLost where no key opens the secret, so that it cannot be told.
    """
    query = select(second_factors.c.secret).where(
        second_factors.c.user_id == user_id, second_factors.c.confirmed_at.is_not(None)
    )
    secret = connection.execute(query).scalar_one_or_none()
    step = step_of(secret, text, now) if secret else None
    if step is None:
        return False
    # Of two who come with one code, the second finds its step taken.
    fresh = (second_factors.c.user_id == user_id, second_factors.c.last_step < step)
    taking = update(second_factors).where(*fresh).values(last_step=step)
    return connection.execute(taking).rowcount == 1


def take_recovery_code(connection: Connection, user_id: str, text: str, now: datetime) -> bool:
    """Use one of the recovery codes up; False where it is none, or was used."""
    here = (recovery_codes.c.user_id == user_id, recovery_codes.c.hash == _hash(user_id, text))
    unused = recovery_codes.c.used_at.is_(None)
    taking = update(recovery_codes).where(*here, unused).values(used_at=now)
    return is_on(connection, user_id) and connection.execute(taking).rowcount == 1


def take_code(connection: Connection, user_id: str, text: str, now: datetime) -> bool:
    """Use up a code of the app or a recovery code, whichever it looks like; False: it is wrong.

    Raises KeyLost where the codes of the app cannot be checked.
    """
    taking = take_app_code if is_app_code(text) else take_recovery_code
    return taking(connection, user_id, text, now)


def replace_codes(connection: Connection, user_id: str, codes: Iterable[str]) -> None:
    """Let these recovery codes work from now on, and no others."""
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))
    hashes = [{"user_id": user_id, "hash": _hash(user_id, code)} for code in codes]
    connection.execute(insert(recovery_codes), hashes)


def count_codes(connection: Connection, user_id: str) -> int:
    """Return how many recovery codes are left."""
    unused = (recovery_codes.c.user_id == user_id, recovery_codes.c.used_at.is_(None))
    query = select(func.count()).select_from(recovery_codes).where(*unused)
    return connection.execute(query).scalar_one()


def remove(connection: Connection, user_id: str) -> None:
    """Switch the second factor off. Raises NotFound where there is none."""
    if not is_on(connection, user_id):
        raise NotFound("There is no second factor to switch off.")
    forget(connection, user_id)


def forget(connection: Connection, user_id: str) -> None:
    """Forget the second factor, on or begun, and the recovery codes, where there are any."""
    connection.execute(delete(second_factors).where(second_factors.c.user_id == user_id))
    connection.execute(delete(recovery_codes).where(recovery_codes.c.user_id == user_id))


def count_without(connection: Connection, *, operators_only: bool) -> int:
    """Return how many people, or operators, have none."""
    has = select(second_factors.c.user_id).where(second_factors.c.confirmed_at.is_not(None))
    query = select(func.count()).select_from(users).where(users.c.id.not_in(has))
    if operators_only:
        query = query.where(users.c.is_operator)
    return connection.execute(query).scalar_one()


def _hash(user_id: str, text: str) -> bytes:
    """Return what is kept of a recovery code. It has 120 random bits: a plain hash is enough.

    https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x15-V6-Authentication.md (6.5.2)
    """
    return hashlib.sha256(f"{user_id}:{bare_recovery_code(text)}".encode(errors="replace")).digest()
