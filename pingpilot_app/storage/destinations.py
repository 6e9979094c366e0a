"""Where an account's events go."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.ids import new_id
from pingpilot_app.storage.tables import destinations


@dataclass(frozen=True, slots=True)
class DestinationView:
    """One of the account's own destinations, set or not."""

    id: str
    channel: Channel
    enabled: bool
    label: str | None
    address: str | None
    verified_at: datetime | None
    broken_reason: str | None
    state: dict[str, str] = field(default_factory=dict)

    @property
    def ready(self) -> bool:
        """Tell whether messages can be sent there."""
        return self.address is not None and self.verified_at is not None


def add_destinations(connection: Connection, account_id: str, email: str, now: datetime) -> None:
    """Add the rows of a new account: all channels on, email set and verified."""
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("dst"),
            "account_id": account_id,
            "channel": channel,
            "enabled": True,
            "label": email if channel is Channel.EMAIL else None,
            "address": email if channel is Channel.EMAIL else None,
            "verified_at": now if channel is Channel.EMAIL else None,
            "state": {},
            "updated_at": now,
        }
        for channel in Channel
    ]
    connection.execute(insert(destinations), rows)


def list_destinations(connection: Connection, account_id: str) -> list[DestinationView]:
    """Return the account's own destinations, one for each channel, in the channels' order."""
    query = select(
        destinations.c.id,
        destinations.c.channel,
        destinations.c.enabled,
        destinations.c.label,
        destinations.c.address,
        destinations.c.verified_at,
        destinations.c.broken_reason,
        destinations.c.state,
    ).where(destinations.c.account_id == account_id, destinations.c.user_id.is_(None))
    order = list(Channel)
    found = [DestinationView(**row) for row in connection.execute(query).mappings()]
    return sorted(found, key=lambda destination: order.index(destination.channel))


def get_destination(connection: Connection, account_id: str, channel: Channel) -> DestinationView:
    """Return the account's own destination for `channel`."""
    found = list_destinations(connection, account_id)
    return next(destination for destination in found if destination.channel is channel)


def set_address(
    connection: Connection,
    account_id: str,
    channel: Channel,
    now: datetime,
    *,
    label: str | None,
    address: str | None,
    verified: bool,
) -> None:
    """Point the channel at another address; what the provider told us of the old one is dropped."""
    _update(
        connection,
        account_id,
        channel,
        label=label,
        address=address,
        verified_at=now if verified else None,
        broken_reason=None,
        state={},
        updated_at=now,
    )


def mark_verified(connection: Connection, account_id: str, channel: Channel, now: datetime) -> None:
    """Note that the owner proved to be reached there."""
    _update(connection, account_id, channel, verified_at=now, updated_at=now)


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
