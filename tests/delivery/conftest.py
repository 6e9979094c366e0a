"""A whole instance: it accepts and delivers to the sandbox."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.clock import system_clock
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.policy import policy_of
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.retry import RetrySchedule
from tests.conftest import IMPATIENT

UNPACED = {"telegram_rate": 100_000, "telegram_chat_rate": 100_000}


@pytest.fixture
def working_settings(make_settings, free_ports):
    """Settings of an instance that delivers to its sandbox as fast as it can."""

    def make(**overrides):
        given = {"pingpilot_role": "all", "sandbox": "on", "sandbox_port": free_ports()}
        return make_settings(**(given | UNPACED | overrides))

    return make


@pytest.fixture
def policy() -> dict:
    """What is not as in production: two more tries, at once. Modules replace it."""
    return {"schedule": RetrySchedule(waits=(0, 0))}


class Ahead:
    """The system's clock, set `ahead`."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """Return the time, aware and UTC."""
        return system_clock() + self.ahead


@pytest.fixture
def clock():
    """The instance's clock. Modules replace it."""
    return system_clock


@pytest.fixture
async def instance(working_settings, policy, clock) -> AsyncIterator[Instance]:
    """A working instance."""
    settings = working_settings()
    instance = Instance(
        settings, policy=replace(policy_of(settings), **(IMPATIENT | policy)), clock=clock
    )
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
def delivery(client, tenant, eventually):
    """Waits until the event's delivery by a channel meets a condition, and returns it."""

    async def delivery(event_id: str, channel: Channel, condition, of=tenant) -> dict:
        async def look():
            path = f"/api/v1/events/{event_id}"
            event = (await client.get(path, headers=of.headers)).json()
            found = next(one for one in event["deliveries"] if one["channel"] == channel)
            return found if condition(found) else None

        return await eventually(look, of.account_id)

    return delivery


@pytest.fixture
def send(client, tenant):
    """Posts an event and returns its id."""

    async def send(of=tenant, **body) -> str:
        response = await client.post(
            "/api/v1/event", json={"category": "bug"} | body, headers=of.headers
        )
        assert response.status_code == 200, response.text
        return response.json()["eventId"]

    return send
