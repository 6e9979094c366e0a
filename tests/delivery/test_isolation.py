"""What is slow, paused or dead holds up nobody else."""

import asyncio
import re
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from pingpilot_app.delivery.breaker import BreakerRule
from pingpilot_app.delivery.instance import SANDBOX_TOPIC, Instance
from pingpilot_app.delivery.policy import ChannelPolicy
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.storage.outages import WHOLE, list_outages

SOON = BreakerRule(failures=3, shortest=0.2, longest=0.2)
NEVER = BreakerRule(failures=1_000, shortest=1, longest=1)


def is_delivered(delivery: dict) -> bool:
    return delivery["status"] == "DELIVERED"


def was_tried(delivery: dict) -> bool:
    return bool(delivery["log"])


@pytest.fixture
def policy():
    return {
        "schedule": RetrySchedule((0.05,) * 50),
        "provider_breaker": SOON,
        "destination_breaker": NEVER,
        "stop": 0.2,
    }


@pytest.fixture
async def bob(open_tenant):
    """Another account, with destinations of its own."""
    return await open_tenant(
        "bob@example.org",
        addresses={
            Channel.DISCORD: "223456789012345678",
            Channel.TELEGRAM: "434343",
            Channel.EMAIL: "bob@example.org",
        },
    )


async def outages(instance, tenant):
    return await instance.database.read(list_outages, tenant.account_id)


async def test_a_dead_provider_delays_no_other(instance, send, delivery):
    instance.sandbox.fail(Channel.TELEGRAM, "server_error", None)
    ids = [await send() for _ in range(20)]
    for event_id in ids:
        await delivery(event_id, Channel.DISCORD, is_delivered)
        await delivery(event_id, Channel.EMAIL, is_delivered)
    assert instance.sandbox.inbox.counts()["telegram"] == 0


async def test_a_dead_provider_is_asked_by_single_tries_alone(
    instance, client, tenant, send, eventually
):
    instance.sandbox.fail(Channel.TELEGRAM, "server_error", None)
    ids = [await send() for _ in range(40)]

    async def known():
        return await outages(instance, tenant)

    outage = (await eventually(known, tenant.account_id))[0]
    assert (outage.channel, outage.destination_id) == (Channel.TELEGRAM, WHOLE)
    assert outage.failure is Failure.PROVIDER_ERROR
    assert outage.retry_at > outage.since
    tried = 0
    for event_id in ids:
        event = (await client.get(f"/api/v1/events/{event_id}", headers=tenant.headers)).json()
        tried += len(next(d for d in event["deliveries"] if d["channel"] == "telegram")["log"])
    assert tried < 20


async def test_when_it_works_again_everything_arrives_in_order(instance, send, delivery, tenant):
    instance.sandbox.fail(Channel.TELEGRAM, "server_error", 8)
    ids = [await send(description=f"number {number}") for number in range(10)]
    for event_id in ids:
        await delivery(event_id, Channel.TELEGRAM, is_delivered)
    assert instance.sandbox.inbox.counts()["telegram"] == 10
    assert await outages(instance, tenant) == []


async def test_a_message_that_hangs_delays_no_other_destination(
    instance, send, delivery, bob, tenant
):
    instance.sandbox.fail(Channel.DISCORD, "timeout", 1)
    hanging = await send()
    await delivery(hanging, Channel.EMAIL, is_delivered)  # by now the other hangs
    other = await send(of=bob)
    await delivery(other, Channel.DISCORD, is_delivered, of=bob)
    found = await delivery(hanging, Channel.DISCORD, lambda one: True)
    assert found["status"] == "PENDING"
    instance.sandbox.faults.clear()


async def test_a_destination_gets_its_events_in_order(instance, send, settled):
    ids = await asyncio.gather(*(send(description=f"number {n}") for n in range(50)))
    for event_id in ids:
        await settled(event_id)
    for channel in (Channel.TELEGRAM, Channel.DISCORD):
        arrived = [str(one.payload) for one in instance.sandbox.inbox.received(channel)]
        order = [int(re.search(r"number (\d+)", text)[1]) for text in arrived]
        sent = sorted(range(50), key=lambda n: ids[n])
        assert order == sent, channel


async def test_a_pause_asked_for_by_one_destination_pauses_that_one_alone(
    instance, send, delivery, bob
):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", 1, retry_after=60)
    paused = await delivery(await send(), Channel.DISCORD, was_tried)
    waits = await send()
    await delivery(await send(of=bob), Channel.DISCORD, is_delivered, of=bob)
    found = await delivery(waits, Channel.DISCORD, lambda one: one["nextAttemptAt"])
    assert (paused["attempts"], found["log"], found["attempts"]) == (0, [], 0)
    assert found["nextAttemptAt"][:19] >= paused["nextAttemptAt"][:19]


async def test_a_global_pause_stops_the_whole_provider(instance, send, delivery, bob, eventually):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", 1, retry_after=60, everywhere=True)
    await delivery(await send(), Channel.DISCORD, was_tried)

    async def known():
        return await outages(instance, bob)

    outage = (await eventually(known, bob.account_id))[0]
    assert (outage.channel, outage.failure) == (Channel.DISCORD, Failure.RATE_LIMITED)
    other = await send(of=bob)
    await delivery(other, Channel.EMAIL, is_delivered, of=bob)
    found = await delivery(other, Channel.DISCORD, lambda one: True, of=bob)
    assert (found["status"], found["log"]) == ("PENDING", [])


async def test_a_refused_token_stops_the_provider_and_uses_up_no_try(
    instance, send, delivery, tenant
):
    instance.sandbox.fail(Channel.DISCORD, "code:401", 3)
    first = await delivery(await send(), Channel.DISCORD, was_tried)
    assert (first["status"], first["attempts"]) == ("PENDING", 0)
    assert "token" in first["error"]["hint"]
    second = await send()
    await delivery(second, Channel.DISCORD, is_delivered)  # by itself, once it is taken again


class TestAtATelegramPace:
    """One chat takes two messages a second."""

    @pytest.fixture
    def policy(self):
        channels = {channel: ChannelPolicy(8) for channel in Channel}
        channels[Channel.TELEGRAM] = ChannelPolicy(8, destination_rate=2)
        return {"channels": channels}

    async def test_messages_leave_no_faster(self, instance, send, delivery):
        ids = [await send() for _ in range(4)]
        for event_id in ids:
            await delivery(event_id, Channel.TELEGRAM, is_delivered)
        times = [one.at for one in instance.sandbox.inbox.received(Channel.TELEGRAM)]
        # They left 1.5 s apart; the first may have arrived late.
        assert times[-1] - times[0] > timedelta(seconds=1)


class TestABacklog:
    """More messages for one chat than have a place in memory."""

    @pytest.fixture
    def policy(self):
        channels = {channel: ChannelPolicy(8) for channel in Channel}
        channels[Channel.TELEGRAM] = ChannelPolicy(8, destination_rate=100, room_seconds=0.1)
        return {"channels": channels, "stop": 0.1, "grace": 0.1}

    @staticmethod
    def order(*instances: Instance) -> list[int]:
        """Return the numbers of the messages in the order in which they arrived."""
        arrived = [
            one.payload["text"]
            for instance in instances
            for one in instance.sandbox.inbox.received(Channel.TELEGRAM)
        ]
        return [int(re.search(r"number (\d+)", text)[1]) for text in arrived]

    async def test_waits_in_its_rows_and_arrives_in_order(self, instance, send, delivery):
        ids = [await send(description=f"number {number}") for number in range(60)]
        await delivery(ids[-1], Channel.TELEGRAM, is_delivered)
        assert self.order(instance) == list(range(60))

    async def test_keeps_its_order_when_the_provider_was_stopped(self, instance, send, delivery):
        ids = [await send(description=f"number {number}") for number in range(30)]
        instance.sandbox.fail(Channel.TELEGRAM, "code:Unauthorized", 1)
        ids += [await send(description=f"number {number}") for number in range(30, 60)]
        for event_id in ids:
            await delivery(event_id, Channel.TELEGRAM, is_delivered)
        order = self.order(instance)
        refused = [n for n in order if n + 1 in order and order.index(n) > order.index(n + 1)]
        assert sorted(order) == list(range(60))
        assert len(refused) <= 1  # the one that was refused waits for its own next try

    async def test_keeps_its_order_over_a_restart(self, instance, send, delivery, client):
        for number in range(60):
            await send(description=f"number {number}")
        await instance.stop()
        again = Instance(instance.settings, policy=instance.policy)
        await again.start()
        try:
            async with asyncio.timeout(20):
                wake = again.bus.subscribe(SANDBOX_TOPIC)
                while len(self.order(instance, again)) < 60:
                    await wake.wait()
                    wake.clear()
        finally:
            await again.stop()
        assert self.order(instance, again) == list(range(60))


async def test_what_waits_behind_an_outage_says_so_in_the_api(
    instance, send, delivery, eventually, tenant
):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", 1, retry_after=60, everywhere=True)
    await delivery(await send(), Channel.DISCORD, was_tried)
    waiting = await delivery(await send(), Channel.DISCORD, lambda one: one["error"])
    assert waiting["attempts"] == 0
    assert "rate limited" in waiting["error"]["message"]
    assert waiting["error"]["hint"]


async def test_limits_that_name_no_time_are_asked_about_less_and_less(
    instance, send, delivery, tenant
):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", 4, retry_after=0)
    found = await delivery(await send(), Channel.DISCORD, is_delivered)
    times = [datetime.fromisoformat(entry["at"]) for entry in found["log"]]
    pauses = [(after - before).total_seconds() for before, after in pairwise(times)]
    assert pauses[-1] >= 0.6
    assert found["attempts"] == 1
