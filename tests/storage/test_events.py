"""Events are listed by their status, be that common or rare."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.domain.ids import id_at
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import tables
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.bulk import insert_rows
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.events import FEW, EventFilter, list_events

NOW = datetime.now(UTC)
EVENT = ("account_id", "id", "category_id", "description", "fields", "status", "created_at")
DELIVERY = (
    "account_id",
    "event_id",
    "id",
    "destination_id",
    "channel",
    "status",
    "attempts",
    "replays",
)


@pytest.fixture
def connection(database):
    with database.transaction() as connection:
        yield connection


def store(connection, account_id: str, count: int, status: EventStatus) -> list[str]:
    """Store events of this status, with one delivery each, and return their ids."""
    category = list_categories(connection, account_id)[0].id
    ids = [id_at("evt", NOW + timedelta(milliseconds=n)) for n in range(count)]
    made = [(account_id, id_, category, "It happened", {}, status.value, NOW) for id_ in ids]
    insert_rows(connection, tables.events, EVENT, made)
    at = NOW if status is EventStatus.FAILED else None
    sent = [
        (account_id, id_, f"dlv_{id_}", "dst_1", Channel.DISCORD.value, status.value, 1, 0, at)
        for id_ in ids
    ]
    insert_rows(connection, tables.deliveries, (*DELIVERY, "failed_at"), sent)
    return ids


@pytest.mark.parametrize("failed", [3, FEW + 1])
def test_failed_events_are_listed_however_many(connection, failed):
    ada, bob = (
        open_account(connection, f"{name}@example.org", None, Plan.FREE, NOW)
        for name in ("ada", "bob")
    )
    for account_id in (ada, bob):
        add_quick_start(connection, account_id, NOW)
        store(connection, account_id, 2, EventStatus.DELIVERED)
    ids = store(connection, ada, failed, EventStatus.FAILED)
    wanted = EventFilter(status=EventStatus.FAILED, limit=5)
    found = [event.id for event in list_events(connection, ada, wanted).events]
    assert found == ids[::-1][:5]
    assert list_events(connection, bob, wanted).events == []
    pending = EventFilter(status=EventStatus.PENDING, channel=Channel.DISCORD)
    assert list_events(connection, ada, pending).events == []


def test_what_is_on_its_way_again_is_pending_and_not_failed(connection):
    ada = open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    add_quick_start(connection, ada, NOW)
    (event,) = store(connection, ada, 1, EventStatus.PENDING)
    connection.execute(
        insert(tables.deliveries).values(
            account_id=ada,
            event_id=event,
            id="dlv_2",
            destination_id="dst_2",
            channel=Channel.EMAIL,
            status=DeliveryStatus.FAILED,
            attempts=1,
            failed_at=NOW,
        )
    )
    failed = EventFilter(status=EventStatus.FAILED)
    pending = EventFilter(status=EventStatus.PENDING)
    assert list_events(connection, ada, failed).events == []
    assert [one.id for one in list_events(connection, ada, pending).events] == [event]
