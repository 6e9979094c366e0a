"""How an account's channels have done."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.domain.ids import id_at, new_id
from pingpilot_app.storage.categories import list_categories
from pingpilot_app.storage.statistics import ChannelHealth, channel_health
from pingpilot_app.storage.tables import deliveries, events

NOW = datetime.now(UTC)


async def add(instance, tenant, age: timedelta, status: DeliveryStatus, ms: int = 0) -> None:
    """Store an event of that age that went by email, and arrived after `ms` if it did."""
    (category,) = await instance.database.read(list_categories, tenant.account_id)
    at = NOW - age
    event = {
        "account_id": tenant.account_id,
        "id": id_at("evt", at),
        "category_id": category.id,
        "description": "",
        "fields": {},
        "status": EventStatus.PENDING,
        "created_at": at,
    }
    delivery = {
        "account_id": tenant.account_id,
        "event_id": event["id"],
        "id": new_id("dlv"),
        "destination_id": "dst",
        "channel": Channel.EMAIL,
        "status": status,
        "attempts": 1,
        "delivered_at": at + timedelta(milliseconds=ms) if ms else None,
    }

    def store(connection) -> None:
        connection.execute(insert(events), event)
        connection.execute(insert(deliveries), delivery)

    await instance.writer.run(None, store)


async def email_of(instance, tenant) -> ChannelHealth:
    found = await instance.database.read(channel_health, tenant.account_id, NOW - timedelta(days=1))
    assert [health.channel for health in found] == list(Channel)
    return found[-1]


async def test_deliveries_are_counted_and_timed(instance, tenant):
    hour = timedelta(hours=1)
    for ms in (100, 200, 900):
        await add(instance, tenant, hour, DeliveryStatus.DELIVERED, ms)
    await add(instance, tenant, hour, DeliveryStatus.FAILED)
    await add(instance, tenant, hour, DeliveryStatus.PENDING)

    assert await email_of(instance, tenant) == ChannelHealth(Channel.EMAIL, 3, 1, 200)


async def test_what_is_older_does_not_count(instance, tenant):
    await add(instance, tenant, timedelta(days=2), DeliveryStatus.DELIVERED, 100)

    assert await email_of(instance, tenant) == ChannelHealth(Channel.EMAIL, 0, 0, None)


async def test_other_accounts_do_not_count(instance, tenant, open_tenant):
    other = await open_tenant("bob@example.org")
    await add(instance, other, timedelta(hours=1), DeliveryStatus.DELIVERED, 100)

    assert await email_of(instance, tenant) == ChannelHealth(Channel.EMAIL, 0, 0, None)
