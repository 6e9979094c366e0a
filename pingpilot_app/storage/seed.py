"""Made-up events, to see how an instance behaves with many."""

import random
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, insert, select

from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.domain.ids import id_at, new_id
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.tables import accounts, deliveries, events

SPREAD = timedelta(days=90)
_BATCH = 5_000
_SERVICES = ("checkout", "api-server", "worker", "search", "billing")


def seed_events(connection: Connection, count: int, now: datetime) -> None:
    """Store `count` delivered events in the oldest account. Raises NotFound where there is none."""
    account_id = connection.execute(
        select(accounts.c.id).order_by(accounts.c.created_at).limit(1)
    ).scalar_one_or_none()
    if account_id is None:
        raise NotFound("There is no account yet. Run `account create EMAIL` first.")
    if not list_categories(connection, account_id):
        add_quick_start(connection, account_id, now)
    categories = [category.id for category in list_categories(connection, account_id)]
    destinations = list_destinations(connection, account_id)
    for start in range(0, count, _BATCH):
        moments = [
            now - SPREAD * ((count - number) / count)
            for number in range(start, min(start + _BATCH, count))
        ]
        _insert(connection, account_id, categories, destinations, moments)


def _insert(
    connection: Connection,
    account_id: str,
    category_ids: list[str],
    destinations: list[DestinationView],
    moments: list[datetime],
) -> None:
    made = [_event(account_id, random.choice(category_ids), at) for at in moments]  # noqa: S311  # no secret
    connection.execute(insert(events), made)
    connection.execute(
        insert(deliveries),
        [_delivery(event, destination) for event in made for destination in destinations],
    )


def _event(account_id: str, category_id: str, at: datetime) -> dict[str, Any]:
    amount = random.randrange(100, 100_000) / 100  # noqa: S311  # no secret
    service = random.choice(_SERVICES)  # noqa: S311  # no secret
    return {
        "id": id_at("evt", at),
        "account_id": account_id,
        "category_id": category_id,
        "description": f"Seeded event from {service}",
        "fields": {"service": service, "amount": amount, "retry": amount > 500},
        "status": EventStatus.DELIVERED,
        "created_at": at,
    }


def _delivery(event: dict[str, Any], destination: DestinationView) -> dict[str, Any]:
    return {
        "id": new_id("dlv"),
        "account_id": event["account_id"],
        "event_id": event["id"],
        "destination_id": destination.id,
        "channel": destination.channel,
        "status": DeliveryStatus.DELIVERED,
        "attempts": 1,
        "delivered_at": event["created_at"] + timedelta(milliseconds=120),
    }
