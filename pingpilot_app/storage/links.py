"""Links in mails: secrets that work once and for a while, kept as hashes among the tokens."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from pingpilot_app.storage.tables import tokens


class LinkKind(StrEnum):
    """What a link is for."""

    VERIFY = "verify"  # proves the address that an account was opened with
    EMAIL = "email-change"  # proves the address that is to take the place of another
    RESET = "password-reset"  # sets a new password
    INVITE = "invite"  # opens an account
    JOIN = "join"  # lets somebody belong to an account (joining.py)


PROOFS = (LinkKind.VERIFY, LinkKind.EMAIL)
LIFETIMES = {
    LinkKind.VERIFY: timedelta(hours=24),
    LinkKind.EMAIL: timedelta(hours=24),
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.INVITE: timedelta(days=7),
    LinkKind.JOIN: timedelta(days=7),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link that is still good. `user_id` is whose it is; of an invite, who made it.

    One that lets people join names the account and the role; without `address`, it is for whoever
    has it.
    """

    hash: bytes
    kind: str
    user_id: str | None
    address: str
    created_at: datetime
    expires_at: datetime
    account_id: str | None = None
    role: str | None = None


_COLUMNS = (
    tokens.c.hash,
    tokens.c.kind,
    tokens.c.user_id,
    tokens.c.subject,
    tokens.c.created_at,
    tokens.c.expires_at,
    tokens.c.account_id,
    tokens.c.role,
)


def add_link(
    connection: Connection,
    kind: LinkKind,
    token_hash: bytes,
    now: datetime,
    *,
    address: str,
    user_id: str | None,
    account_id: str | None = None,
    role: str | None = None,
) -> None:
    """Add a link; an earlier one of this kind, for this person, stops working.

    The person is the address where somebody is invited: to the instance, or to an account.
    """
    invites = kind in (LinkKind.INVITE, LinkKind.JOIN)
    same = tokens.c.subject == address if invites else tokens.c.user_id == user_id
    here = tokens.c.account_id == account_id  # None becomes IS NULL
    connection.execute(delete(tokens).where(tokens.c.kind == kind, same, here))
    connection.execute(
        insert(tokens).values(
            kind=kind,
            hash=token_hash,
            user_id=user_id,
            account_id=account_id,
            role=role,
            subject=address,
            tries=0,
            created_at=now,
            expires_at=now + LIFETIMES[kind],
        )
    )


def find_link(
    connection: Connection, kinds: Collection[LinkKind], token_hash: bytes, now: datetime
) -> Link | None:
    """Return the link with this hash, None where it is unknown, old or used."""
    query = select(*_COLUMNS).where(tokens.c.hash == token_hash, *_good(kinds, now))
    row = connection.execute(query).one_or_none()
    return Link(*row) if row else None


def take_link(
    connection: Connection, kinds: Collection[LinkKind], token_hash: bytes, now: datetime
) -> Link | None:
    """Use the link up and return it: of two who come at once, one gets it, the other None."""
    taking = update(tokens).where(tokens.c.hash == token_hash, *_good(kinds, now))
    row = connection.execute(taking.values(used_at=now).returning(*_COLUMNS)).one_or_none()
    return Link(*row) if row else None


def drop_links(connection: Connection, user_id: str, kinds: Collection[LinkKind]) -> None:
    """Let the person's links of these kinds work no longer."""
    connection.execute(delete(tokens).where(tokens.c.user_id == user_id, tokens.c.kind.in_(kinds)))


def list_invites(connection: Connection, now: datetime) -> list[Link]:
    """Return the invites of this instance that nobody has used yet, the newest first."""
    query = select(*_COLUMNS).where(*_good((LinkKind.INVITE,), now))
    return [Link(*row) for row in connection.execute(query.order_by(tokens.c.created_at.desc()))]


def withdraw_invite(connection: Connection, address: str) -> None:
    """Let nobody open an account by the invite for this address."""
    here = (tokens.c.kind == LinkKind.INVITE, tokens.c.subject == address)
    connection.execute(delete(tokens).where(*here))


def _good(kinds: Collection[LinkKind], now: datetime) -> tuple[Any, ...]:
    return tokens.c.kind.in_(kinds), tokens.c.used_at.is_(None), tokens.c.expires_at > now
