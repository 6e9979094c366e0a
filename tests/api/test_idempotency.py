"""`Idempotency-Key`: a repeat is safe."""

import asyncio

import pytest

from pingpilot_app.domain.plan import Plan

PATH = "/api/v1/event"


async def post(client, tenant, key: str, body: dict | None = None):
    headers = tenant.headers | {"Idempotency-Key": key}
    return await client.post(PATH, json=body or {"category": "bug"}, headers=headers)


async def count(client, tenant) -> int:
    return (await client.get("/api/v1/quota", headers=tenant.headers)).json()["eventsUsed"]


async def test_a_repeat_gets_the_first_answer_and_makes_no_second_event(client, tenant):
    first, second = await post(client, tenant, "a"), await post(client, tenant, "a")
    assert first.json() == second.json()
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert await count(client, tenant) == 1


async def test_another_body_is_422(client, tenant):
    await post(client, tenant, "a")
    response = await post(client, tenant, "a", {"category": "bug", "description": "other"})
    assert response.status_code == 422
    assert "Idempotency-Key" in response.json()["message"]


async def test_parallel_repeats_make_one_event(client, tenant):
    answers = await asyncio.gather(*(post(client, tenant, "a") for _ in range(30)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert len({a.json()["eventId"] for a in answers if a.status_code == 200}) == 1
    assert await count(client, tenant) == 1


async def test_one_under_way_is_409_with_a_sentence(client, tenant):
    answers = await asyncio.gather(*(post(client, tenant, "a") for _ in range(30)))
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "being processed" in refused.json()["message"]


async def test_the_key_belongs_to_the_account(client, tenant, open_tenant):
    bob = await open_tenant("bob@example.org")
    first, second = await post(client, tenant, "a"), await post(client, bob, "a")
    assert first.json()["eventId"] != second.json()["eventId"]


async def test_a_repeat_passes_where_the_quota_is_used_up(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    first = await post(client, tenant, "a")
    for _ in range(99):
        await client.post(PATH, json={"category": "bug"}, headers=tenant.headers)
    assert (await post(client, tenant, "a")).json() == first.json()
    assert (await post(client, tenant, "b")).status_code == 429


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "ключ"])
async def test_a_key_out_of_form_is_422(client, tenant, key):
    headers = [(b"authorization", tenant.headers["Authorization"].encode())]
    headers.append((b"idempotency-key", key.encode()))
    response = await client.post(PATH, json={"category": "bug"}, headers=headers)
    assert response.status_code == 422
