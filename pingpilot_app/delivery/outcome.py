"""Waiting for what becomes of one event."""

import asyncio

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.storage.events import get_event


async def wait_for_outcome(
    instance: Instance, account_id: str, event_id: str, seconds: float
) -> list[DeliveryStatus]:
    """Return the event's delivery statuses once all are final, after `seconds`, or at a stop."""
    bus = instance.bus
    wake = bus.subscribe(account_id)
    found: list[DeliveryStatus] = []
    try:
        async with asyncio.timeout(seconds):
            while True:
                wake.clear()
                found = await instance.database.read(_statuses, account_id, event_id)
                if DeliveryStatus.PENDING not in found or instance.closing.is_set():
                    return found
                await wake.wait()
    except TimeoutError:
        return found
    finally:
        bus.unsubscribe(account_id, wake)


def _statuses(connection: Connection, account_id: str, event_id: str) -> list[DeliveryStatus]:
    return [delivery.status for delivery in get_event(connection, account_id, event_id).deliveries]
