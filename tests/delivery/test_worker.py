"""From a 200 to the messages: sent at once, retried, recorded, taken up after a crash."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import update

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.deliveries import ClaimDue
from pingpilot_app.storage.tables import Delivery

ROOMS = dict.fromkeys(Channel, 10)


def by_channel(event: dict) -> dict[str, dict]:
    return {delivery["channel"]: delivery for delivery in event["deliveries"]}


async def test_an_event_is_delivered_on_all_three_channels(send, settled, instance):
    event = await settled(await send(description="It broke", fields={"n": 1}))
    assert event["status"] == "DELIVERED"
    assert {one["status"] for one in event["deliveries"]} == {"DELIVERED"}
    assert instance.sandbox.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}


async def test_what_arrives_carries_the_event(send, settled, instance):
    event_id = await send(description="It broke")
    await settled(event_id)
    mail = instance.sandbox.inbox.received(Channel.EMAIL)[0].payload
    assert mail["subject"] == "PingPilot Alert"
    assert f"http://localhost:8000/events/{event_id}" in mail["text"]


async def test_every_attempt_is_recorded(send, settled):
    delivery = by_channel(await settled(await send()))["discord"]
    assert delivery["attempts"] == 1
    assert [entry["outcome"] for entry in delivery["log"]] == ["DELIVERED"]
    assert delivery["deliveredAt"] is not None


async def test_a_failed_attempt_is_tried_again(send, settled, instance):
    instance.sandbox.fail(Channel.TELEGRAM, "server_error")
    delivery = by_channel(await settled(await send()))["telegram"]
    assert [entry["outcome"] for entry in delivery["log"]] == ["TRANSIENT", "DELIVERED"]
    assert delivery["status"] == "DELIVERED"


async def test_after_two_retries_it_is_failed_and_explained(send, settled, instance):
    instance.sandbox.fail(Channel.DISCORD, "server_error", None)
    event = await settled(await send())
    delivery = by_channel(event)["discord"]
    assert (event["status"], delivery["status"], delivery["attempts"]) == ("FAILED", "FAILED", 3)
    assert delivery["error"]["message"]
    assert delivery["error"]["hint"]
    assert by_channel(event)["email"]["status"] == "DELIVERED"


async def test_a_permanent_failure_is_not_tried_again(send, settled, instance):
    instance.sandbox.fail(Channel.DISCORD, "code:50007")
    delivery = by_channel(await settled(await send()))["discord"]
    assert (delivery["status"], delivery["attempts"]) == ("FAILED", 1)
    assert delivery["error"]["providerCode"] == "50007"


async def test_a_rate_limit_uses_up_no_attempt(send, settled, instance):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", 4, retry_after=0.01)
    delivery = by_channel(await settled(await send()))["discord"]
    assert (delivery["status"], delivery["attempts"]) == ("DELIVERED", 1)
    assert len(delivery["log"]) == 5


async def test_the_direct_message_is_opened_once(send, settled, instance):
    await settled(await send())
    await settled(await send())
    assert instance.sandbox.inbox.counts()["discord"] == 2
    configuration = await instance.cache.configuration(
        (await first_account(instance)), datetime.now(UTC)
    )
    assert configuration.destinations[0].state["dm_channel_id"]


async def first_account(instance: Instance) -> str:
    from sqlalchemy import select

    from pingpilot_app.storage.tables import Account

    return await instance.database.read(lambda c: c.execute(select(Account.id)).scalars().first())


async def test_a_hundred_events_at_once_all_arrive(send, settled, instance):
    ids = await asyncio.gather(*(send(description=str(n)) for n in range(100)))
    events = [await settled(event_id) for event_id in ids]
    assert {event["status"] for event in events} == {"DELIVERED"}
    assert instance.sandbox.inbox.counts() == {"discord": 100, "telegram": 100, "email": 100}


async def test_what_a_crash_left_is_delivered_after_the_next_start(
    make_settings, instance, client, tenant, send
):
    instance.sandbox.fail(Channel.EMAIL, "timeout", None)
    event_id = await send()  # accepted and leased; the mail hangs
    settings = instance.settings
    await instance.stop()
    again = Instance(settings, policy=instance.policy)
    await again.start()
    try:
        wake = again.bus.subscribe(tenant.account_id)
        async with asyncio.timeout(10):
            while again.sandbox.inbox.counts()["email"] == 0:
                await wake.wait()
                wake.clear()
    finally:
        await again.stop()
    assert event_id in again.sandbox.inbox.received(Channel.EMAIL)[0].payload["text"]


async def test_a_leased_delivery_is_claimed_by_nobody_else_until_the_lease_ends(send, instance):
    instance.sandbox.fail(Channel.EMAIL, "timeout", None)
    await send()
    now = datetime.now(UTC)
    taken = await instance.writer.submit(ClaimDue(now, now, ROOMS))
    assert [job.channel for job in taken if job.channel is Channel.EMAIL] == []
    instance.sandbox.faults.clear()


async def test_a_delivery_whose_lease_ended_is_claimed_once(send, instance):
    await instance.worker.stop()
    await send()
    expire = update(Delivery).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC))
    await instance.writer.run(None, lambda c: c.execute(expire) and None)
    now = datetime.now(UTC)
    later = now.replace(year=now.year + 1)
    claims = [await instance.writer.submit(ClaimDue(now, later, ROOMS)) for _ in range(2)]
    assert [len(claim) for claim in claims] == [3, 0]


async def test_prefer_wait_answers_the_outcome(client, tenant):
    response = await client.post(
        "/api/v1/event",
        json={"category": "bug"},
        headers=tenant.headers | {"Prefer": "wait=10"},
    )
    assert response.status_code == 200
    assert list(response.json()) == ["message", "eventId", "deliveryStatus"]
    assert response.json()["deliveryStatus"] == "DELIVERED"


async def test_prefer_wait_answers_500_where_every_channel_failed(client, tenant, instance):
    for channel, code in ((Channel.DISCORD, "50007"), (Channel.EMAIL, "550")):
        instance.sandbox.fail(channel, f"code:{code}", None)
    instance.sandbox.fail(Channel.TELEGRAM, "code:chat not found", None)
    response = await client.post(
        "/api/v1/event",
        json={"category": "bug"},
        headers=tenant.headers | {"Prefer": "wait=10"},
    )
    assert response.status_code == 500
    assert response.json()["message"] == "Error processing event"
    assert list(response.json()) == ["message", "eventId"]


async def test_prefer_wait_answers_pending_where_it_takes_longer(client, tenant, instance):
    instance.sandbox.fail(Channel.DISCORD, "timeout", None)
    response = await client.post(
        "/api/v1/event",
        json={"category": "bug"},
        headers=tenant.headers | {"Prefer": "wait=1"},
    )
    assert response.json()["deliveryStatus"] == "PENDING"
    instance.sandbox.faults.clear()
