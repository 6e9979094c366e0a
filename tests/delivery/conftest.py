"""A whole instance: it accepts and delivers to the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.retry import RetrySchedule


@pytest.fixture
async def instance(make_settings, free_ports) -> AsyncIterator[Instance]:
    """A working instance that tries twice more, at once."""
    settings = make_settings(pingpilot_role="all", sandbox="on", sandbox_port=free_ports())
    instance = Instance(settings, schedule=RetrySchedule(waits=(0, 0)))
    await instance.start()
    yield instance
    await instance.stop()


@pytest.fixture
async def client(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the instance's API."""
    transport = httpx.ASGITransport(create_api(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


@pytest.fixture
def eventually(instance: Instance):
    """Waits until `look()` answers something true, at most ten seconds."""

    async def eventually(look: Callable[[], Awaitable[object]], topic: str):
        wake = instance.bus.subscribe(topic)
        async with asyncio.timeout(10):
            while not (found := await look()):
                await wake.wait()
                wake.clear()
        instance.bus.unsubscribe(topic, wake)
        return found

    return eventually


@pytest.fixture
def settled(instance, client, tenant, eventually):
    """Waits for the end of an event and returns it as the API tells it."""

    async def settled(event_id: str) -> dict:
        async def look():
            path = f"/api/v1/events/{event_id}"
            event = (await client.get(path, headers=tenant.headers)).json()
            return event if event["status"] != "PENDING" else None

        return await eventually(look, tenant.account_id)

    return settled


@pytest.fixture
def send(client, tenant):
    """Posts an event and returns its id."""

    async def send(**body) -> str:
        response = await client.post(
            "/api/v1/event", json={"category": "bug"} | body, headers=tenant.headers
        )
        assert response.status_code == 200, response.text
        return response.json()["eventId"]

    return send
