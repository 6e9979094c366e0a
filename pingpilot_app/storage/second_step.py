"""Browsers that have shown the password and still owe the code: tokens of five minutes.

Kept as hashes among the other tokens. A token signs nobody in by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, select, update

from pingpilot_app.storage.tables import tokens

LIFETIME = timedelta(minutes=5)
TRIES_MAX = 5

_KIND = "second-step"


@dataclass(frozen=True, slots=True)
class Step:
    """Who is about to sign in, and the page they go to. `open`: a code may still be tried."""

    user_id: str
    page: str
    open: bool


def add_step(
    connection: Connection, token_hash: bytes, user_id: str, page: str, now: datetime
) -> None:
    """Note that a browser has shown the user's password."""
    connection.execute(
        insert(tokens).values(
            kind=_KIND,
            hash=token_hash,
            user_id=user_id,
            subject=page,
            tries=0,
            created_at=now,
            expires_at=now + LIFETIME,
        )
    )


def find_step(connection: Connection, token_hash: bytes, now: datetime) -> Step | None:
    """Return the step of a token, open or not; None where there is no such token."""
    here = (tokens.c.hash == token_hash, tokens.c.kind == _KIND)
    row = connection.execute(select(tokens).where(*here)).one_or_none()
    if row is None or row.user_id is None:
        return None
    good = row.used_at is None and row.tries < TRIES_MAX and row.expires_at > now
    return Step(row.user_id, row.subject, good)


def take_try(connection: Connection, token_hash: bytes, now: datetime) -> int:
    """Take one of the token's tries; return which one it was, 0 where none is left."""
    taking = (
        update(tokens)
        .where(
            tokens.c.hash == token_hash,
            tokens.c.kind == _KIND,
            tokens.c.used_at.is_(None),
            tokens.c.tries < TRIES_MAX,
            tokens.c.expires_at > now,
        )
        .values(tries=tokens.c.tries + 1)
        .returning(tokens.c.tries)
    )
    return connection.execute(taking).scalar_one_or_none() or 0


def drop_step(connection: Connection, token_hash: bytes) -> None:
    """Let the token be worth nothing any more."""
    here = (tokens.c.hash == token_hash, tokens.c.kind == _KIND)
    connection.execute(delete(tokens).where(*here))


def drop_all_steps(connection: Connection) -> None:
    """Let nobody go on who is about to sign in."""
    connection.execute(delete(tokens).where(tokens.c.kind == _KIND))


def drop_steps(connection: Connection, user_id: str) -> None:
    """Let nobody go on who is about to sign in as the user."""
    here = (tokens.c.user_id == user_id, tokens.c.kind == _KIND)
    connection.execute(delete(tokens).where(*here))
