"""Who reads the messages of an event where they arrive, and may answer them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, Row, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Forbidden, NotFound
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.role import Right, Role, allows, refusal_of
from pingpilot_app.storage.claims import ClaimView, claim_free
from pingpilot_app.storage.sessions import called
from pingpilot_app.storage.tables import accounts, deliveries, destinations, memberships, users

NOT_YOURS = "This message is not one that PingPilot sent to you."


@dataclass(frozen=True, slots=True)
class Reading:
    """An event that was sent to an address, as whoever reads it there shows it to us.

    `name` is what the provider calls them: it counts where no member has the address. `user_id` is
    who is signed in in the browser that asks, perhaps for another account.
    """

    account_id: str
    event_id: str
    channel: Channel
    address: str
    name: str
    user_id: str | None = None


def mailbox_of(connection: Connection, destination_id: str) -> tuple[str, str] | None:
    """Return the account and the address of a destination for mails, None where there is none."""
    query = (
        select(destinations.c.account_id, destinations.c.address)
        .join(accounts, accounts.c.id == destinations.c.account_id)
        .where(
            destinations.c.id == destination_id,
            destinations.c.channel == Channel.EMAIL,
            accounts.c.removed_at.is_(None),
        )
    )
    row = connection.execute(query).one_or_none()
    return (row.account_id, row.address) if row and row.address is not None else None


def claim_by_reader(
    connection: Connection, reading: Reading, now: datetime
) -> tuple[ClaimView, Responder]:
    """Claim the event for who reads it there, unless somebody has it already.

    Raises NotFound where it was not sent there, Forbidden.
    """
    who = responder_of(connection, reading)
    return claim_free(connection, reading.account_id, reading.event_id, who, now), who


def responder_of(connection: Connection, reading: Reading) -> Responder:
    """Return who that is. Raises NotFound where it was not sent there, Forbidden."""
    found = _destinations(connection, reading)
    if not found:
        raise NotFound(NOT_YOURS)
    if reading.user_id is not None:
        colleague = member_as_responder(connection, reading.account_id, reading.user_id)
        if colleague is not None:
            return colleague
    own = next((user_id for user_id in found if user_id is not None), None)
    user_id = own or _member_at(connection, reading)
    if user_id is None:
        return Responder(reading.name)
    member = member_as_responder(connection, reading.account_id, user_id)
    if member is None:
        raise NotFound(NOT_YOURS)
    return member


def member_as_responder(connection: Connection, account_id: str, user_id: str) -> Responder | None:
    """Return a member, None for who is none. Raises Forbidden where they may not respond."""
    query = (
        select(users.c.name, users.c.email, memberships.c.role)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == account_id, users.c.id == user_id)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    if not allows(Role(row.role), Right.RESPOND):
        raise Forbidden(refusal_of(Right.RESPOND))
    return Responder(called(row.name, row.email), user_id)


def _destinations(connection: Connection, reading: Reading) -> list[str | None]:
    """Return whose destinations at the address the event went to; None: the account's own."""
    query = (
        select(destinations.c.user_id, destinations.c.address)
        .join(deliveries, deliveries.c.destination_id == destinations.c.id)
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .where(
            deliveries.c.account_id == reading.account_id,
            deliveries.c.event_id == reading.event_id,
            deliveries.c.channel == reading.channel,
            destinations.c.verified_at.is_not(None),
            accounts.c.removed_at.is_(None),
        )
    )
    rows = connection.execute(query)
    return [row.user_id for row in rows if _is_at(row, reading)]  # addresses are encrypted


def _member_at(connection: Connection, reading: Reading) -> str | None:
    """Return the member who has the address, known by a destination or by their login."""
    query = select(destinations.c.user_id, destinations.c.address).where(
        destinations.c.account_id == reading.account_id,
        destinations.c.channel == reading.channel,
        destinations.c.user_id.is_not(None),
        destinations.c.verified_at.is_not(None),
    )
    rows = connection.execute(query)
    found = next((row.user_id for row in rows if _is_at(row, reading)), None)
    if found is not None or reading.channel is not Channel.EMAIL:
        return found
    members = (
        select(users.c.id)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == reading.account_id, users.c.email == reading.address)
    )
    return connection.execute(members).scalar_one_or_none()


def _is_at(row: Row[*tuple[str | None, str | None]], reading: Reading) -> bool:
    return bool(row.address == reading.address)
