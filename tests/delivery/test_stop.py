"""A stop that is asked for: what is under way arrives, the rest is put back."""

import asyncio
import signal
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from pingpilot_app.delivery.closing import set_on_signal
from pingpilot_app.delivery.instance import SANDBOX_TOPIC, Instance
from pingpilot_app.delivery.policy import ChannelPolicy
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.tables import attempts, deliveries


def was_delivered(delivery: dict) -> bool:
    return delivery["status"] == "DELIVERED"


@pytest.fixture
def policy():
    return {"schedule": RetrySchedule((3_600,)), "grace": 0.5}


@pytest.fixture
def stored(data_dir):
    """Reads the database of an instance that was stopped."""

    def stored(query):
        database = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
        try:
            with database.read_engine.connect() as connection:
                return connection.execute(query).all()
        finally:
            database.close()

    return stored


async def test_a_message_under_way_arrives_and_is_recorded(instance, send, delivery, stored):
    instance.sandbox.fail(Channel.DISCORD, "slow", 1, seconds=0.2)
    event_id = await send()
    await delivery(event_id, Channel.EMAIL, was_delivered)
    await instance.stop()
    rows = stored(select(deliveries.c.status).where(deliveries.c.channel == Channel.DISCORD))
    assert [row.status for row in rows] == ["DELIVERED"]


async def test_one_that_hangs_is_recorded_as_possibly_delivered(instance, send, delivery, stored):
    instance.sandbox.fail(Channel.DISCORD, "timeout", 1)
    event_id = await send()
    await delivery(event_id, Channel.EMAIL, was_delivered)
    await instance.stop()
    rows = stored(select(attempts.c.message, attempts.c.failure).where(attempts.c.failure != ""))
    assert [(row.failure, "possibly delivered" in row.message) for row in rows] == [
        ("stopped", True)
    ]
    query = select(deliveries.c.status, deliveries.c.lease_until)
    row = stored(query.where(deliveries.c.channel == Channel.DISCORD))[0]
    assert (row.status, row.lease_until) == ("PENDING", None)


async def test_what_waits_is_put_back_and_goes_out_after_the_next_start(
    instance, send, delivery, stored
):
    instance.sandbox.fail(Channel.DISCORD, "timeout", 1)
    ids = [await send() for _ in range(5)]
    for event_id in ids:
        await delivery(event_id, Channel.EMAIL, was_delivered)
    await instance.stop()
    waiting = select(deliveries.c.lease_until, deliveries.c.attempts).where(
        deliveries.c.status == "PENDING", deliveries.c.attempts == 0
    )
    assert stored(waiting) == [(None, 0)] * 4
    again = Instance(instance.settings, policy=instance.policy)
    await again.start()
    wake = again.bus.subscribe(SANDBOX_TOPIC)
    try:
        async with asyncio.timeout(10):
            while again.sandbox.inbox.counts()["discord"] < 4:
                await wake.wait()
                wake.clear()
    finally:
        await again.stop()


async def test_what_a_dead_worker_held_is_taken_when_its_lease_ends(instance, send, delivery):
    """Another process took the deliveries and died; this one finds them."""
    await instance.worker.stop()
    event_id = await send()
    gone = update(deliveries).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    await instance.writer.run(None, lambda c: c.execute(gone) and None)
    instance.worker.start()
    for channel in Channel:
        await delivery(event_id, channel, was_delivered)


class TestWithOneConnection:
    """The whole provider is busy with one message."""

    @pytest.fixture
    def policy(self):
        return {"channels": dict.fromkeys(Channel, ChannelPolicy(1)), "grace": 0.1}

    async def test_lanes_that_wait_for_their_turn_are_put_back(self, instance, send, delivery):
        instance.sandbox.fail(Channel.DISCORD, "timeout", 1)
        await delivery(await send(), Channel.EMAIL, was_delivered)
        await send()
        await instance.stop()  # within the grace, or the test would time out


async def test_a_client_that_waits_for_the_outcome_is_answered_at_once(
    instance, client, tenant, eventually
):
    instance.sandbox.fail(Channel.DISCORD, "timeout", 1)
    headers = tenant.headers | {"Prefer": "wait=30"}
    waiting = asyncio.create_task(
        client.post("/api/v1/event", json={"category": "bug"}, headers=headers)
    )

    async def sent_elsewhere():
        return instance.sandbox.inbox.counts()["email"]

    await eventually(sent_elsewhere, SANDBOX_TOPIC)
    instance.closing.set()
    async with asyncio.timeout(5):
        answer = await waiting
    assert answer.json()["deliveryStatus"] == "PENDING"


async def test_a_signal_is_noticed_beside_what_the_server_does_then():
    closing, heard = asyncio.Event(), []
    before = signal.signal(signal.SIGTERM, lambda number, _: heard.append(number))
    try:
        set_on_signal(closing)
        signal.raise_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            await closing.wait()
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]
