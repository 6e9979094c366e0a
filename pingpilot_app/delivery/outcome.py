"""Waiting for what becomes of one event."""

import asyncio

from sqlalchemy import Connection

from pingpilot_app.delivery.bus import Bus
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.events import get_event


async def wait_for_outcome(
    database: Database, bus: Bus, account_id: str, event_id: str, seconds: float
) -> list[DeliveryStatus]:
    """Return the event's delivery statuses once all are final, or after `seconds`."""
    wake = bus.subscribe(account_id)
    found: list[DeliveryStatus] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                wake.clear()
                found = await database.read(_statuses, account_id, event_id)
                if DeliveryStatus.PENDING not in found:
                    return found
                await wake.wait()
    except TimeoutError:
        return found
    finally:
        bus.unsubscribe(account_id, wake)


def _statuses(connection: Connection, account_id: str, event_id: str) -> list[DeliveryStatus]:
    return [delivery.status for delivery in get_event(connection, account_id, event_id).deliveries]
