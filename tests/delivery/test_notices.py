"""What owners and operators are told outside of events."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import accounts
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.tables import notices


@pytest.fixture
def told(instance, tenant, eventually):
    """Waits until nothing is left to be told; returns (account, text, channel) of each notice."""

    async def told():
        query = select(notices).order_by(notices.c.id)

        async def look():
            rows = await instance.database.read(lambda c: c.execute(query).all())
            instance.bus.publish(tenant.account_id)  # a notice wakes nobody: look again
            return rows if rows and all(row.told_at for row in rows) else None

        rows = await eventually(look, tenant.account_id)
        return [(row.account_id, row.text, row.told_by) for row in rows]

    return told


async def switch_off(instance, tenant, *channels: Channel) -> None:
    for channel in channels:
        await instance.writer.run(
            tenant.account_id,
            set_enabled,
            tenant.account_id,
            channel,
            False,
            datetime.now(UTC),
        )


async def test_operators_are_told_once_that_a_provider_refuses_our_login(
    instance, tenant, send, told
):
    operator = await instance.writer.run(
        None,
        accounts.open_account,
        *("op@example.org", None, Plan.FREE, datetime.now(UTC)),
        is_operator=True,
    )
    instance.sandbox.fail(Channel.DISCORD, "code:401", None)
    for _ in range(3):
        await send()
    ((account, text, by),) = await told()
    assert (account, by) == (operator, Channel.EMAIL)
    assert "stopped for all accounts" in text
    assert "401: Unauthorized" in text


async def test_without_another_channel_the_owners_mailbox_is_written_to(
    instance, tenant, send, told
):
    await switch_off(instance, tenant, Channel.DISCORD, Channel.EMAIL)
    instance.sandbox.fail(Channel.TELEGRAM, "code:user is deactivated", 1)
    await send()
    ((_, text, by),) = await told()
    assert by == Channel.EMAIL
    assert "does not exist any more" in text
    mail = instance.sandbox.inbox.received(Channel.EMAIL)[0]
    assert mail.to == "ada@example.org"


async def test_the_next_channel_tells_it_where_the_first_does_not_work(
    instance, tenant, send, told
):
    instance.sandbox.fail(Channel.EMAIL, "server_error", None)
    instance.sandbox.fail(Channel.TELEGRAM, "code:bot was blocked", 1)
    await send()
    ((_, _, by),) = await told()
    assert by == Channel.DISCORD


async def test_a_broken_mailbox_is_not_told_by_mail(instance, tenant, send, told):
    instance.sandbox.fail(Channel.EMAIL, "code:550", None)
    await send()
    ((_, text, by),) = await told()
    assert by == Channel.DISCORD
    assert "ada@example.org" in text


async def test_notices_count_no_quota(instance, tenant, client, send, told):
    instance.sandbox.fail(Channel.TELEGRAM, "code:bot was blocked", 1)
    await send()
    await told()
    quota = (await client.get("/api/v1/quota", headers=tenant.headers)).json()
    assert quota["eventsUsed"] == 1


async def test_the_owner_is_told_at_80_and_at_100_percent_of_the_quota(
    instance, tenant, client, open_tenant, told
):
    free = await open_tenant("bob@example.org", plan=Plan.FREE)
    for _ in range(105):
        await client.post("/api/v1/event", json={"category": "bug"}, headers=free.headers)
    texts = [text for account, text, _ in await told() if account == free.account_id]
    assert len(texts) == 2
    assert "80 of this month's 100 events are used (80 %)" in texts[0]
    assert "100 of this month's 100 events are used (100 %)" in texts[1]
