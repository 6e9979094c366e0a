"""A destination that refuses for good: not tried any more, told once, mended, replayed."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from pingpilot_app.delivery.codes import send_test
from pingpilot_app.delivery.replay import replay_event, replay_failures
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.storage.destinations import get_destination
from pingpilot_app.storage.replays import FailureCount, Failures, count_failures
from pingpilot_app.storage.tables import notices

SENTENCE = "takes no more messages"
ADA = Actor("ada@example.org")


def has_failed(delivery: dict) -> bool:
    return delivery["status"] == "FAILED"


def is_delivered(delivery: dict) -> bool:
    return delivery["status"] == "DELIVERED"


@pytest.fixture
async def broken(instance, send, delivery):
    """Telegram's bot was blocked: the first event found out. Returns that event's id."""
    instance.sandbox.fail(Channel.TELEGRAM, "code:bot was blocked", 1)
    event_id = await send(description="found out")
    await delivery(event_id, Channel.TELEGRAM, has_failed)
    return event_id


@pytest.fixture
def telegram(instance, tenant):
    """Reads the destination as it is stored."""
    return lambda: instance.database.read(get_destination, tenant.account_id, Channel.TELEGRAM)


@pytest.fixture
def notices_sent(instance, tenant, eventually):
    """Waits until all notices are told and returns the mails that told them."""

    async def notices_sent():
        async def look():
            query = select(notices.c.told_at)
            told = await instance.database.read(lambda c: c.execute(query).scalars().all())
            instance.bus.publish(tenant.account_id)
            return told if told and all(told) else None

        await eventually(look, tenant.account_id)
        mails = [mail.payload["text"] for mail in instance.sandbox.inbox.received(Channel.EMAIL)]
        return [text for text in mails if SENTENCE in text]

    return notices_sent


async def test_it_is_marked_with_the_providers_words(broken, telegram):
    found = await telegram()
    assert found.obstacle is Failure.BROKEN
    assert found.broken_failure is Failure.BOT_BLOCKED
    assert found.broken_reason == "Forbidden: bot was blocked by the user"
    assert found.broken_at is not None


async def test_it_is_not_tried_again_and_says_so(broken, instance, send, delivery):
    found = await delivery(await send(), Channel.TELEGRAM, has_failed)
    assert (found["attempts"], found["log"]) == (0, [])
    assert "bot was blocked" in found["error"]["message"]
    assert "not tried" in found["error"]["hint"].lower()
    assert instance.sandbox.inbox.counts()["telegram"] == 0


async def test_the_other_channels_go_on(broken, send, delivery):
    event_id = await send()
    await delivery(event_id, Channel.DISCORD, is_delivered)
    await delivery(event_id, Channel.EMAIL, is_delivered)


async def test_the_owner_is_told_once_through_another_channel(broken, send, delivery, notices_sent):
    for _ in range(3):
        await delivery(await send(), Channel.TELEGRAM, has_failed)
    told = await notices_sent()
    assert len(told) == 1
    assert "bot was blocked by the user" in told[0]
    assert "/channels" in told[0]


async def test_what_waits_for_a_retry_is_failed_at_once(instance, send, delivery):
    instance.sandbox.fail(Channel.TELEGRAM, "rate_limit", 1, retry_after=0.3)
    instance.sandbox.fail(Channel.TELEGRAM, "code:bot was blocked", 3)
    waiting = [await send() for _ in range(3)]
    for event_id in waiting:
        await delivery(event_id, Channel.TELEGRAM, has_failed)


async def test_a_test_that_arrives_mends_it(broken, instance, tenant, telegram, send, delivery):
    await send_test(instance, tenant.account_id, Channel.TELEGRAM, actor=ADA)
    assert (await telegram()).obstacle is None
    await delivery(await send(), Channel.TELEGRAM, is_delivered)


async def test_a_test_that_is_refused_leaves_it_broken(broken, instance, tenant, telegram):
    instance.sandbox.fail(Channel.TELEGRAM, "code:bot was blocked", 1)
    trial = await send_test(instance, tenant.account_id, Channel.TELEGRAM, actor=ADA)
    assert "bot was blocked" in trial.words
    assert (await telegram()).obstacle is Failure.BROKEN


async def test_what_failed_meanwhile_is_counted_and_replayed(
    broken, instance, tenant, send, delivery
):
    ids = [broken, *[await send() for _ in range(4)]]
    for event_id in ids:
        await delivery(event_id, Channel.TELEGRAM, has_failed)
    await send_test(instance, tenant.account_id, Channel.TELEGRAM, actor=ADA)
    now = datetime.now(UTC)
    failures = Failures(tenant.account_id, now - timedelta(hours=1), now)
    assert await instance.database.read(count_failures, failures) == FailureCount(5, 5)
    assert await replay_failures(instance, failures, actor=ADA) == 5
    for event_id in ids:
        await delivery(event_id, Channel.TELEGRAM, is_delivered)
    assert await instance.database.read(count_failures, failures) == FailureCount(0, 0)


async def test_a_replay_shows_whether_it_was_mended(broken, instance, tenant, delivery, telegram):
    await replay_event(instance, tenant.account_id, broken, actor=ADA)
    await delivery(broken, Channel.TELEGRAM, is_delivered)
    assert (await telegram()).obstacle is None


class TestWithLongWaits:
    """A retry is far away when the destination breaks."""

    @pytest.fixture
    def policy(self):
        return {"schedule": RetrySchedule((3_600,))}

    async def test_it_does_not_wait_for_its_next_try_in_vain(self, instance, send, delivery):
        instance.sandbox.fail(Channel.EMAIL, "code:451", 1)
        instance.sandbox.fail(Channel.EMAIL, "code:550", 1)
        waiting = await send()
        await delivery(waiting, Channel.EMAIL, lambda one: one["attempts"] == 1)
        await delivery(await send(), Channel.EMAIL, has_failed)
        found = await delivery(waiting, Channel.EMAIL, has_failed)
        assert found["attempts"] == 1
