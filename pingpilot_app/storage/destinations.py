"""Where an account's events go."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.tables import accounts, deliveries, destinations


@dataclass(frozen=True, slots=True)
class DestinationView:
    """One of the account's own destinations, set or not."""

    id: str
    channel: Channel
    enabled: bool
    label: str | None
    address: str | None
    verified_at: datetime | None
    broken_reason: str | None = None
    broken_failure: Failure | None = None
    broken_at: datetime | None = None
    state: dict[str, str] = field(default_factory=dict)
    sandboxed: bool = False  # the last proof went to the sandbox alone

    @property
    def ready(self) -> bool:
        """Tell whether somebody proved to be reached there."""
        return self.verified_at is not None and (self.address is not None or self.locked)

    @property
    def locked(self) -> bool:
        """Tell whether there is an address that no encryption key opens."""
        return self.broken_failure is Failure.KEY_LOST

    @property
    def obstacle(self) -> Failure | None:
        """Return why nothing can be sent there now, None where it can be tried."""
        if not self.enabled:
            return Failure.SWITCHED_OFF
        if not self.ready:
            return Failure.NOT_VERIFIED
        if self.locked:
            return Failure.KEY_LOST
        return Failure.BROKEN if self.broken_at is not None else None


def view_of(columns: Sequence[Any]) -> DestinationView:
    """Return the destination with these columns, broken where its address cannot be opened."""
    found = DestinationView(*columns)
    if found.address is not None or found.verified_at is None:  # none was set, or proved
        return found
    return replace(
        found,
        broken_reason=LOCKED,
        broken_failure=Failure.KEY_LOST,
        broken_at=found.verified_at,
    )


LOCKED = "not tried: the address cannot be decrypted"

# The columns of a DestinationView, in its order.
DESTINATION: tuple[ColumnElement[Any], ...] = (
    destinations.c.id,
    destinations.c.channel,
    destinations.c.enabled,
    destinations.c.label,
    destinations.c.address,
    destinations.c.verified_at,
    destinations.c.broken_reason,
    destinations.c.broken_failure,
    destinations.c.broken_at,
    destinations.c.state,
    destinations.c.sandboxed,
)


def add_destinations(
    connection: Connection, account_id: str, email: str, now: datetime, *, verified: bool = True
) -> None:
    """Add the rows of a new account: all channels on, email set and `verified` or not."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("dst"),
            "account_id": account_id,
            "channel": channel,
            "enabled": True,
            "label": email if channel is Channel.EMAIL else None,
            "address": email if channel is Channel.EMAIL else None,
            "verified_at": now if verified and channel is Channel.EMAIL else None,
            "sandboxed": False,
            "state": {},
            "updated_at": now,
        }
        for channel in Channel
    ]
    connection.execute(insert(destinations), rows)


def list_destinations(connection: Connection, account_id: str) -> list[DestinationView]:
    """Return the account's own destinations, one for each channel, in the channels' order."""
    query = select(*DESTINATION).where(
        destinations.c.account_id == account_id, destinations.c.user_id.is_(None)
    )
    order = list(Channel)
    found = [view_of(row) for row in connection.execute(query)]
    return sorted(found, key=lambda destination: order.index(destination.channel))


def list_own_destinations(
    connection: Connection, account_id: str, user_id: str
) -> list[DestinationView]:
    """Return where a member gets events of the account at addresses of their own."""
    query = select(*DESTINATION).where(
        destinations.c.account_id == account_id, destinations.c.user_id == user_id
    )
    return [view_of(row) for row in connection.execute(query)]


def list_switched_on(
    connection: Connection, account_id: str | None = None
) -> list[tuple[str, DestinationView]]:
    """Return everything that is on, ready or not, each with its account's name, in that order.

    `account_id` None: of all accounts.
    """
    query = (
        select(accounts.c.name, *DESTINATION)
        .join(accounts, accounts.c.id == destinations.c.account_id)
        .where(destinations.c.enabled)
        .order_by(accounts.c.name, destinations.c.channel, destinations.c.id)
    )
    if account_id is not None:
        query = query.where(destinations.c.account_id == account_id)
    return [(name, view_of(row)) for name, *row in connection.execute(query)]


def get_destination(connection: Connection, account_id: str, channel: Channel) -> DestinationView:
    """Return the account's own destination for `channel`."""
    found = list_destinations(connection, account_id)
    return next(destination for destination in found if destination.channel is channel)


def account_with(
    connection: Connection, destination_id: str, channel: Channel
) -> tuple[str, str] | None:
    """Return the account whose own destination this is, and its address, None for no such."""
    query = select(destinations.c.account_id, *DESTINATION).where(
        destinations.c.id == destination_id,
        destinations.c.channel == channel,
        destinations.c.user_id.is_(None),
    )
    row = connection.execute(query).one_or_none()
    address = DestinationView(*row[1:]).address if row else None
    return (row[0], address) if row and address is not None else None


def set_address(
    connection: Connection,
    account_id: str,
    channel: Channel,
    now: datetime,
    *,
    label: str | None,
    address: str | None,
    verified: bool,
    sandboxed: bool = False,
) -> None:
    """Point the channel at another address; what the provider told us of the old one is dropped.

    `sandboxed`: it is verified by the sandbox, not by the provider.
    """
    _update(
        connection,
        account_id,
        channel,
        label=label,
        address=address,
        verified_at=now if verified else None,
        sandboxed=sandboxed,
        **_WHOLE,
        state={},
        updated_at=now,
    )


def mark_verified(
    connection: Connection,
    account_id: str,
    channel: Channel,
    now: datetime,
    *,
    sandboxed: bool = False,
) -> None:
    """Note that the owner proved to be reached there, or played it in the sandbox."""
    _update(connection, account_id, channel, verified_at=now, sandboxed=sandboxed, updated_at=now)


def drop_sandbox_proofs(
    connection: Connection, channels: Collection[Channel], now: datetime
) -> int:
    """Have what was proved to the sandbox proved again: these channels reach people now.

    Returns how many addresses that are. They stay, so that a new code needs one click.
    """
    proved = (
        destinations.c.sandboxed,
        destinations.c.verified_at.is_not(None),
        destinations.c.channel.in_(channels),
    )
    dropped = update(destinations).where(*proved).values(verified_at=None, updated_at=now)
    return connection.execute(dropped).rowcount


def keep_news(
    connection: Connection,
    destination_id: str,
    address: str | None,
    state: Mapping[str, str] | None,
    new_address: str | None = None,
) -> None:
    """Keep what the provider told us about `address`, unless another is in use by now."""
    news: dict[str, Any] = {} if state is None else {"state": dict(state)}
    if new_address is not None:
        news["address"] = new_address
    if news and _sends_to(connection, destination_id, address):
        here = destinations.c.id == destination_id
        connection.execute(update(destinations).where(here).values(news))


def _sends_to(connection: Connection, destination_id: str, address: str | None) -> bool:
    """Tell whether this is the address in use, and keep it so to the end of the transaction."""
    here = destinations.c.id == destination_id
    query = select(destinations.c.address).where(here).with_for_update()
    found = connection.execute(query).first()
    return found is not None and found.address == address


_WHOLE: dict[str, None] = {"broken_reason": None, "broken_failure": None, "broken_at": None}


def mark_mended(connection: Connection, account_id: str, channel: Channel) -> None:
    """Let the channel be tried again: it works, or somebody wants to see whether it does."""
    _update(connection, account_id, channel, **_WHOLE)


def mark_broken(
    connection: Connection,
    destination_id: str,
    address: str | None,
    failure: Failure,
    words: str,
    now: datetime,
) -> str | None:
    """Have nothing sent to `address` any more, and return what the owner calls it.

    None where it is broken already, or another address is in use by now.

    What waits for it comes due at once, to be failed with the reason rather than wait in vain.
    """
    if not _sends_to(connection, destination_id, address):
        return None
    here = (destinations.c.id == destination_id, destinations.c.broken_at.is_(None))
    broken = {"broken_reason": words, "broken_failure": failure, "broken_at": now}
    marking = update(destinations).where(*here).values(broken).returning(destinations.c.label)
    label: str | None = connection.execute(marking).scalar_one_or_none()
    if label is None:
        return None
    waiting = (
        deliveries.c.status == DeliveryStatus.PENDING,
        deliveries.c.channel == _channel_of(destination_id),  # leads into the index
        deliveries.c.destination_id == destination_id,
        deliveries.c.next_attempt_at > now,
    )
    connection.execute(update(deliveries).where(*waiting).values(next_attempt_at=now))
    return label


def _channel_of(destination_id: str) -> Any:
    query = select(destinations.c.channel).where(destinations.c.id == destination_id)
    return query.scalar_subquery()


def set_enabled(
    connection: Connection, account_id: str, channel: Channel, enabled: bool, now: datetime
) -> None:
    """Switch the channel on or off."""
    _update(connection, account_id, channel, enabled=enabled, updated_at=now)


def _update(connection: Connection, account_id: str, channel: Channel, **values: Any) -> None:
    connection.execute(
        update(destinations)
        .where(
            destinations.c.account_id == account_id,
            destinations.c.channel == channel,
            destinations.c.user_id.is_(None),
        )
        .values(values)
    )
