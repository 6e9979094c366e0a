"""Whose an address is: proved by a link that was sent there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict
from pingpilot_app.domain.role import Role
from pingpilot_app.storage import second_factor
from pingpilot_app.storage.tables import accounts, api_keys, destinations, memberships, users


def prove(
    connection: Connection, user_id: str, address: str, now: datetime, *, sandboxed: bool = False
) -> list[str]:
    """Note that the user reads mail at `address`; return the accounts that this changes.

    Where an account of theirs sends its email to the same address, or they have copies sent there,
    that is verified too.
    `sandboxed`: the link went to the sandbox.
    """
    here = (users.c.id == user_id, users.c.email == address, users.c.verified_at.is_(None))
    connection.execute(update(users).where(*here).values(verified_at=now))
    owned = owned_accounts(connection, user_id)
    fresh = (
        _own(owned, Channel.EMAIL) | _copies(user_id, Channel.EMAIL),
        destinations.c.verified_at.is_(None),
    )
    query = select(destinations.c.id, destinations.c.address).where(*fresh)
    # Addresses are encrypted: they can be compared here alone.
    same = [row.id for row in connection.execute(query) if row.address == address]
    proved = update(destinations).where(destinations.c.id.in_(same), *fresh)
    connection.execute(proved.values(verified_at=now, sandboxed=sandboxed))
    return sorted({*owned, *_copied(connection, user_id)})


def move(
    connection: Connection, user_id: str, address: str, now: datetime, *, sandboxed: bool = False
) -> list[str]:
    """Have the user sign in by another address, which is proved; return their accounts.

    Raises Conflict where somebody else signs in by it by now.
    """
    taken = select(users.c.id).where(users.c.email == address, users.c.id != user_id)
    if connection.execute(taken).first():
        raise Conflict(f"{address} already has an account.")
    here = users.c.id == user_id
    old = connection.execute(select(users.c.email).where(here)).scalar_one()
    connection.execute(update(users).where(here).values(email=address, verified_at=now))
    owned = owned_accounts(connection, user_id)
    named_so = (accounts.c.id.in_(owned), accounts.c.name == old)
    connection.execute(update(accounts).where(*named_so).values(name=address))
    return prove(connection, user_id, address, now, sandboxed=sandboxed)


def reclaim(connection: Connection, user_id: str, now: datetime) -> None:
    """Where the address was not proved, undo what a stranger may have set up under it.

    Somebody may open an account with an address that is not theirs. When its owner comes by a
    password reset, the stranger's keys stop, messages go to the stranger's chats no longer, and
    the stranger's phone is not asked for.
    """
    unproved = (users.c.id == user_id, users.c.verified_at.is_(None))
    if not connection.execute(select(users.c.id).where(*unproved)).first():
        return
    second_factor.forget(connection, user_id)
    owned = owned_accounts(connection, user_id)
    keys = (api_keys.c.account_id.in_(owned), api_keys.c.revoked_at.is_(None))
    connection.execute(update(api_keys).where(*keys).values(revoked_at=now))
    by_chat = (Channel.DISCORD, Channel.TELEGRAM)
    chats = _own(owned, *by_chat) | _copies(user_id, *by_chat)
    nothing: dict[str, object] = {"label": None, "address": None, "verified_at": None, "state": {}}
    connection.execute(update(destinations).where(chats).values(nothing))


def owned_accounts(connection: Connection, user_id: str) -> list[str]:
    """Return the ids of the accounts that the user owns."""
    query = select(memberships.c.account_id).where(
        memberships.c.user_id == user_id, memberships.c.role == Role.OWNER
    )
    return list(connection.execute(query).scalars())


def _own(account_ids: Sequence[str], *channels: Channel) -> Any:
    return (
        destinations.c.account_id.in_(account_ids)
        & destinations.c.channel.in_(channels)
        & destinations.c.user_id.is_(None)
    )


def _copies(user_id: str, *channels: Channel) -> Any:
    """The person's own destinations, whichever accounts they are a member of."""
    return (destinations.c.user_id == user_id) & destinations.c.channel.in_(channels)


def _copied(connection: Connection, user_id: str) -> list[str]:
    here = destinations.c.user_id == user_id
    query = select(destinations.c.account_id).where(here).distinct()
    return list(connection.execute(query).scalars())
