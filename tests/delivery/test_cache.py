"""The cache: never behind what this process committed, at most a second behind others."""

import asyncio
from datetime import UTC, datetime

from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage import accounts
from pingpilot_app.storage.database import Database

NOW = datetime.now(UTC)


async def test_a_count_is_not_lost_to_a_read_that_began_before_it(instance, tenant):
    instance.cache.drop_all()
    reading = asyncio.ensure_future(instance.cache.configuration(tenant.account_id, NOW))
    await asyncio.sleep(0)
    instance.cache.count(tenant.account_id, month_of(NOW), 5)
    await reading
    assert (await instance.cache.configuration(tenant.account_id, NOW)).used == 5


async def test_another_process_is_noticed(instance, tenant):
    await instance.watch.look()
    assert (await instance.cache.configuration(tenant.account_id, NOW)).plan is Plan.UNLIMITED
    other = Database(instance.settings.database)
    with other.transaction() as connection:
        accounts.set_plan(connection, tenant.account_id, Plan.PRO)
    other.close()
    await instance.watch.look()
    assert (await instance.cache.configuration(tenant.account_id, NOW)).plan is Plan.PRO


async def test_our_own_writes_are_not_taken_for_anothers(instance, tenant):
    await instance.watch.look()
    before = instance.bus.version("nobody")
    await instance.writer.run(None, accounts.set_plan, tenant.account_id, Plan.PRO)
    await instance.watch.look()
    assert instance.bus.version("nobody") == before
