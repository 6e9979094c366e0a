"""What is listed, counted and found around an event."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.storage.events import (
    EventFilter,
    Neighbours,
    count_events,
    get_neighbours,
    list_events,
)
from tests.conftest import OpenTenant, Tenant, tenant_on

Found = Callable[..., Awaitable[list[str]]]


@pytest.fixture
async def ids(client: httpx.AsyncClient, tenant: Tenant) -> list[str]:
    """Three events, the oldest first."""
    body = {"category": "bug"}
    sent = [await client.post("/api/v1/event", json=body, headers=tenant.headers) for _ in range(3)]
    return [answer.json()["eventId"] for answer in sent]


@pytest.fixture
def found(instance: Instance, tenant: Tenant) -> Found:
    """Lists events' ids."""

    async def found(**wanted: Any) -> list[str]:
        page = await instance.database.read(list_events, tenant.account_id, EventFilter(**wanted))
        return [event.id for event in page.events]

    return found


async def test_events_above_one_and_named_ones(ids: list[str], found: Found) -> None:
    assert await found(after=ids[0]) == [ids[2], ids[1]]
    assert await found(ids=frozenset({ids[0], ids[2], "evt_other"})) == [ids[2], ids[0]]
    assert await found(ids=frozenset()) == []


async def test_a_channel_is_that_of_a_delivery(ids: list[str], found: Found) -> None:
    assert len(await found(channel=Channel.EMAIL)) == 3
    assert len(await found(channel=Channel.EMAIL, status=EventStatus.PENDING)) == 3
    assert await found(channel=Channel.EMAIL, status=EventStatus.FAILED) == []


async def test_events_are_counted_up_to_a_limit(
    instance: Instance, tenant: Tenant, ids: list[str]
) -> None:
    async def count(**wanted: Any) -> int:
        return await instance.database.read(count_events, tenant.account_id, EventFilter(**wanted))

    assert (await count(), await count(limit=2), await count(after=ids[1])) == (3, 2, 1)


async def test_neighbours_are_of_the_same_account(
    instance: Instance, tenant: Tenant, open_tenant: OpenTenant, ids: list[str]
) -> None:
    other = await tenant_on(instance, "charlie@example.org")

    async def around(account_id: str, event_id: str) -> Neighbours:
        return await instance.database.read(get_neighbours, account_id, event_id)

    assert await around(tenant.account_id, ids[1]) == Neighbours(ids[2], ids[0])
    assert await around(tenant.account_id, ids[2]) == Neighbours(None, ids[1])
    assert await around(other.account_id, ids[1]) == Neighbours(None, None)
