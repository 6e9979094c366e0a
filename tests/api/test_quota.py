"""The monthly quota: exact under any concurrency, per UTC month."""

import asyncio
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from pingpilot_app.domain.errors import LimitReached
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import accounts, quota
from pingpilot_app.storage.acceptance import AcceptEvent
from pingpilot_app.storage.tables import Event

PATH = "/api/v1/event"
BUG = {"category": "bug"}


async def used(client, tenant) -> int:
    return (await client.get("/api/v1/quota", headers=tenant.headers)).json()["eventsUsed"]


async def test_200_parallel_posts_against_100_give_exactly_100(client, open_tenant, instance):
    tenant = await open_tenant(plan=Plan.FREE)
    answers = await asyncio.gather(
        *(client.post(PATH, json=BUG, headers=tenant.headers) for _ in range(200))
    )
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (100, 100)
    count = select(func.count()).select_from(Event)
    assert await instance.database.read(lambda c: c.execute(count).scalar_one()) == 100
    assert await used(client, tenant) == 100


async def test_the_quota_call_answers_as_documented(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    await client.post(PATH, json=BUG, headers=tenant.headers)
    answer = (await client.get("/api/v1/quota", headers=tenant.headers)).json()
    assert list(answer) == [
        "plan",
        "categoriesUsed",
        "categoriesLimit",
        "eventsUsed",
        "eventsLimit",
        "resetDate",
    ]
    assert [*answer.values()][:5] == ["FREE", 1, 3, 1, 100]
    assert answer["resetDate"].endswith("-01T00:00:00.000Z")


@pytest.mark.parametrize("body", [b"{", b'{"category": "none"}', b'{"category": "bug", "x": 1}'])
async def test_a_refused_request_does_not_count(client, tenant, body):
    await client.post(PATH, content=body, headers=tenant.headers)
    assert await used(client, tenant) == 0


async def test_one_account_does_not_count_for_another(client, tenant, open_tenant):
    bob = await open_tenant("bob@example.org")
    await client.post(PATH, json=BUG, headers=tenant.headers)
    assert (await used(client, tenant), await used(client, bob)) == (1, 0)


async def test_an_upgrade_lets_events_in_again(client, open_tenant, instance):
    tenant = await open_tenant(plan=Plan.FREE)
    for _ in range(100):
        await client.post(PATH, json=BUG, headers=tenant.headers)
    await instance.writer.run(tenant.account_id, accounts.set_plan, tenant.account_id, Plan.PRO)
    assert (await client.post(PATH, json=BUG, headers=tenant.headers)).status_code == 200


@pytest.fixture
async def accept_at(client, open_tenant, instance):
    """Stores an event at a time of the test's choosing, with a quota of one a month."""
    tenant = await open_tenant()
    configuration = await instance.cache.configuration(tenant.account_id, datetime.now(UTC))
    category = configuration.categories["bug"]

    async def accept(moment: datetime):
        return await instance.writer.submit(
            AcceptEvent(
                event_id=new_id("evt"),
                account_id=tenant.account_id,
                category_id=category.id,
                description="",
                fields={},
                created_at=moment,
                jobs=(),
                limit=1,
            )
        )

    accept.used = lambda month: instance.database.read(quota.used, tenant.account_id, month)
    return accept


async def test_a_new_month_starts_at_zero(accept_at):
    last, first = datetime(2026, 2, 28, 23, 59, 59, 999_999, UTC), datetime(2026, 3, 1, tzinfo=UTC)
    await accept_at(last)
    with pytest.raises(LimitReached) as refusal:
        await accept_at(last)
    assert refusal.value.retry_after == 1
    await accept_at(first)
    assert (await accept_at.used("2026-02"), await accept_at.used("2026-03")) == (1, 1)


async def test_a_batch_across_the_month_counts_each_where_it_belongs(accept_at):
    december, january = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    await asyncio.gather(accept_at(december), accept_at(january))
    assert (await accept_at.used("2026-12"), await accept_at.used("2027-01")) == (1, 1)
