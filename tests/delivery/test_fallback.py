"""One channel after the other, where the account wants it so."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.fallback import PATIENCE
from pingpilot_app.storage.destinations import mark_broken, set_enabled
from pingpilot_app.storage.fallback import hand_on_late, set_fallback
from tests.delivery.conftest import Ahead

ORDER = (Channel.DISCORD, Channel.TELEGRAM, Channel.EMAIL)


@pytest.fixture
def clock():
    """A clock that can be set ahead."""
    return Ahead()


@pytest.fixture(autouse=True)
async def in_order(instance, tenant):
    """The tenant's channels are used one after the other."""
    await instance.writer.run(tenant.account_id, set_fallback, tenant.account_id, ORDER)


def statuses(event):
    """Return the status of each channel that the event went by, in turn."""
    return [(one["channel"], one["status"]) for one in event["deliveries"]]


async def test_only_the_first_channel_is_used(instance, send, settled):
    event = await settled(await send())
    assert statuses(event) == [("discord", "DELIVERED")]
    assert instance.sandbox.inbox.counts() == {"discord": 1, "telegram": 0, "email": 0}


async def test_what_one_channel_refuses_goes_by_the_next(instance, send, settled):
    instance.sandbox.fail(Channel.DISCORD, "code:50007", None)
    event = await settled(await send())
    assert statuses(event) == [("discord", "FAILED"), ("telegram", "DELIVERED")]
    assert event["status"] == "DELIVERED"


async def test_a_channel_that_is_broken_is_passed_over(instance, tenant, send, settled):
    found = await instance.cache.configuration(tenant.account_id, datetime.now(UTC))
    discord = found.destinations[0]
    broken = (discord.id, discord.address, Failure.DM_CLOSED, "closed", datetime.now(UTC))
    await instance.writer.run(tenant.account_id, mark_broken, *broken)
    assert statuses(await settled(await send())) == [("telegram", "DELIVERED")]


async def test_a_channel_that_is_off_is_passed_over(instance, tenant, send, settled):
    off = (tenant.account_id, Channel.DISCORD, False, datetime.now(UTC))
    await instance.writer.run(tenant.account_id, set_enabled, *off)
    assert statuses(await settled(await send())) == [("telegram", "DELIVERED")]


async def test_where_every_channel_refuses_the_event_has_failed(instance, send, settled):
    instance.sandbox.fail(Channel.DISCORD, "code:50007", None)
    instance.sandbox.fail(Channel.TELEGRAM, "code:blocked", None)
    instance.sandbox.fail(Channel.EMAIL, "code:554", None)
    event = await settled(await send())
    assert event["status"] == "FAILED"
    assert [status for _, status in statuses(event)] == ["FAILED"] * 3


async def test_what_is_not_taken_in_time_goes_by_the_next(instance, send, settled, delivery, clock):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", None, retry_after=600)
    event_id = await send()
    await delivery(event_id, Channel.DISCORD, lambda one: one["error"])  # it was tried
    clock.ahead = PATIENCE + timedelta(minutes=3)  # no lease lasts so long
    instance.timekeeper.wake()
    event = await settled(event_id)
    assert statuses(event) == [("discord", "FAILED"), ("telegram", "DELIVERED")]
    assert "next channel" in event["deliveries"][0]["error"]["hint"]
    assert event["status"] == "DELIVERED"


async def test_what_has_its_time_still_is_left_alone(instance, send):
    instance.sandbox.fail(Channel.DISCORD, "rate_limit", None, retry_after=600)
    await send()
    soon = datetime.now(UTC) + PATIENCE - timedelta(seconds=30)
    assert await instance.writer.run(None, hand_on_late, soon) == set()


async def test_what_was_handed_on_is_not_replayed(instance, client, tenant, send, settled):
    instance.sandbox.fail(Channel.DISCORD, "code:50007", 1)
    event_id = await send()
    await settled(event_id)
    path = f"/api/v1/events/{event_id}/replay"
    assert (await client.post(path, json={}, headers=tenant.headers)).status_code == 409


async def test_without_an_order_all_channels_are_used(instance, tenant, send, settled):
    await instance.writer.run(tenant.account_id, set_fallback, tenant.account_id, None)
    assert len((await settled(await send()))["deliveries"]) == 3
