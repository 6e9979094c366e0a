"""Made-up events, to see how an instance behaves with many."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, select

from pingpilot_app.domain.errors import NotFound
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.ids import id_at, new_id
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.quota import lock_counters, store_counters
from pingpilot_app.storage.rollups import Changes
from pingpilot_app.storage.search import add_words
from pingpilot_app.storage.tables import accounts, deliveries, events

SPREAD = timedelta(days=90)
FAILING = 0.01  # of the events
_BATCH = 5_000
_SERVICES = ("checkout", "api-server", "worker", "search", "billing")


@dataclass(frozen=True, slots=True)
class _Event:
    id: str
    account_id: str
    category_id: str
    description: str
    fields: dict[str, FieldValue]
    status: EventStatus
    created_at: datetime


def seed_events(
    connection: Connection,
    count: int,
    now: datetime,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Store `count` events of the last 90 days in the oldest account, with figures and words.

    `progress` is told how many more are stored. Raises NotFound where there is no account.
    """
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
        made = [_event(account_id, random.choice(categories), at) for at in moments]  # noqa: S311  # no secret
        _insert(connection, made, destinations)
        progress(len(made))


def _insert(
    connection: Connection, made: list[_Event], destinations: list[DestinationView]
) -> None:
    """Store events that have arrived everywhere, all but a few by the first channel."""
    months = Counter((event.account_id, month_of(event.created_at)) for event in made)
    counters = lock_counters(connection, list(months))
    store_counters(connection, {month: counters[month] + new for month, new in months.items()})
    insert_rows(connection, events, _EVENT, [_values(event) for event in made])
    changes = Changes()
    rows = []
    for event in made:
        changes.accepted(
            event.account_id, event.category_id, event.created_at, event.fields, event.status
        )
        failed = event.status is EventStatus.FAILED
        for number, destination in enumerate(destinations):
            rows.append(_delivery(event, destination, failed and number == 0, changes))
    insert_rows(connection, deliveries, _DELIVERY, rows)
    changes.store(connection)
    add_words(connection, made)


def _event(account_id: str, category_id: str, at: datetime) -> _Event:
    amount = random.randrange(100, 100_000) / 100  # noqa: S311  # no secret
    service = random.choice(_SERVICES)  # noqa: S311  # no secret
    failed = random.random() < FAILING  # noqa: S311  # no secret
    return _Event(
        id=id_at("evt", at),
        account_id=account_id,
        category_id=category_id,
        description=f"Seeded event from {service}",
        fields={"service": service, "amount": amount, "retry": amount > 500},
        status=EventStatus.FAILED if failed else EventStatus.DELIVERED,
        created_at=at,
    )


def _delivery(
    event: _Event, destination: DestinationView, failed: bool, changes: Changes
) -> tuple[Any, ...]:
    took = timedelta(milliseconds=random.randrange(60, 400))  # noqa: S311  # no secret
    at = event.created_at + took
    if failed:
        changes.failed(event.account_id, destination.channel, event.created_at)
    else:
        changes.delivered(event.account_id, destination.channel, event.created_at, at)
    return (
        event.account_id,
        event.id,
        new_id("dlv"),
        destination.id,
        destination.channel.value,
        (DeliveryStatus.FAILED if failed else DeliveryStatus.DELIVERED).value,
        1,
        0,
        *((None, at, *_WORDS) if failed else (at, None, None, None, None)),
    )


_EVENT = tuple(field.name for field in fields(_Event))
_values = attrgetter(*_EVENT)
_DELIVERY = (
    *("account_id", "event_id", "id", "destination_id", "channel", "status", "attempts"),
    *("replays", "delivered_at", "failed_at", "failure", "error", "error_code"),
)
_WORDS = (Failure.DM_CLOSED.value, "Cannot send messages to this user", "50007")
