"""Secrets that may be used once, kept as hashes."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from pingpilot_app.storage.tables import tokens

TRIES_MAX = 5


@dataclass(frozen=True, slots=True)
class TokenView:
    """A token that is still good."""

    hash: bytes
    account_id: str
    subject: str
    created_at: datetime
    user_id: str | None  # the member whose own destination it is about; None: the account's


def add_token(
    connection: Connection,
    kind: str,
    token_hash: bytes,
    account_id: str,
    subject: str,
    now: datetime,
    lifetime: timedelta,
    *,
    user_id: str | None = None,
) -> None:
    """Add a token of the account, or of the member `user_id`; an earlier one of theirs of this kind
    stops working.
    """
    drop_tokens(connection, (kind,), account_id, user_id)
    connection.execute(
        insert(tokens).values(
            kind=kind,
            hash=token_hash,
            account_id=account_id,
            user_id=user_id,
            subject=subject,
            tries=0,
            created_at=now,
            expires_at=now + lifetime,
        )
    )


def find_token(
    connection: Connection, kind: str, token_hash: bytes, now: datetime
) -> TokenView | None:
    """Return the token with this hash, None where it is unknown, old or used."""
    return _one(connection, now, tokens.c.kind == kind, tokens.c.hash == token_hash)


def open_token(
    connection: Connection,
    kind: str,
    account_id: str,
    now: datetime,
    *,
    user_id: str | None = None,
) -> TokenView | None:
    """Return the account's or the member's token of this kind while it is good.

    One that was guessed at too often is not.
    """
    return _one(
        connection,
        now,
        tokens.c.kind == kind,
        tokens.c.account_id == account_id,
        tokens.c.user_id == user_id,
        tokens.c.tries < TRIES_MAX,
    )


def _one(connection: Connection, now: datetime, *conditions: Any) -> TokenView | None:
    good = (tokens.c.used_at.is_(None), tokens.c.expires_at > now)
    query = select(*(tokens.c[name] for name in TokenView.__slots__))
    row = connection.execute(query.where(*conditions, *good)).mappings().one_or_none()
    return TokenView(**row) if row else None


def drop_tokens(
    connection: Connection, kinds: Collection[str], account_id: str, user_id: str | None = None
) -> None:
    """Let the account's or the member's tokens of these kinds work no longer."""
    whose = (tokens.c.account_id == account_id, tokens.c.user_id == user_id)
    connection.execute(delete(tokens).where(tokens.c.kind.in_(kinds), *whose))


def count_try(connection: Connection, token_hash: bytes) -> None:
    """Note a wrong guess."""
    connection.execute(
        update(tokens).where(tokens.c.hash == token_hash).values(tries=tokens.c.tries + 1)
    )


def use_up(connection: Connection, token_hash: bytes, now: datetime) -> None:
    """Let the token not be used again."""
    connection.execute(update(tokens).where(tokens.c.hash == token_hash).values(used_at=now))
