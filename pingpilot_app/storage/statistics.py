"""How an account's deliveries have gone."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from statistics import median

from sqlalchemy import Connection, and_, func, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.storage.tables import deliveries, events

_COUNTED_MAX = 50_000  # deliveries, the newest
_TIMED_MAX = 1_000  # of each channel, the newest


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """What became of a channel's deliveries.

    `median_ms` is from the event's acceptance to its arrival; None where nothing arrived.
    """

    channel: Channel
    delivered: int
    failed: int
    median_ms: int | None


def channel_health(connection: Connection, account_id: str, since: datetime) -> list[ChannelHealth]:
    """Return the health of every channel for events since then, in the channels' order."""
    first = id_at("evt", since)  # leads along the primary key, no index is needed
    newest = (
        select(deliveries.c.channel, deliveries.c.status)
        .where(deliveries.c.account_id == account_id, deliveries.c.event_id >= first)
        .order_by(deliveries.c.event_id.desc())
        .limit(_COUNTED_MAX)
        .subquery()
    )
    query = select(newest.c.channel, newest.c.status, func.count()).group_by(
        newest.c.channel, newest.c.status
    )
    counts: Counter[tuple[Channel, DeliveryStatus]] = Counter()
    for channel, status, count in connection.execute(query):
        counts[channel, status] = count
    return [
        ChannelHealth(
            channel,
            counts[channel, DeliveryStatus.DELIVERED],
            counts[channel, DeliveryStatus.FAILED],
            _median(connection, account_id, channel, first),
        )
        for channel in Channel
    ]


def _median(connection: Connection, account_id: str, channel: Channel, first: str) -> int | None:
    query = (
        select(events.c.created_at, deliveries.c.delivered_at)
        .join(
            events,
            and_(
                events.c.account_id == deliveries.c.account_id,
                events.c.id == deliveries.c.event_id,
            ),
        )
        .where(
            deliveries.c.account_id == account_id,
            deliveries.c.event_id >= first,
            deliveries.c.channel == channel,
            deliveries.c.delivered_at.is_not(None),
        )
        .order_by(deliveries.c.event_id.desc())
        .limit(_TIMED_MAX)
    )
    took = [(arrived - began).total_seconds() for began, arrived in connection.execute(query)]
    return round(median(took) * 1000) if took else None
