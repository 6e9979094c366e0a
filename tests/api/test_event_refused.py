"""`POST /api/v1/event`: every row of the contract's error table, in its order of checks."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from pingpilot_app.api import body
from pingpilot_app.domain.api_key import Scope, new_api_key
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import api_keys

PATH = "/api/v1/event"
BUG = {"category": "bug"}


async def post(client, tenant, body=None, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body or BUG)
    return await client.post(
        PATH,
        content=content,
        headers={"Content-Type": "application/json"} | tenant.headers | headers,
    )


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (None, "Unauthorized"),
        ("", "Invalid auth header format. Expected: 'Bearer [API_KEY]'"),
        ("Basic abc", "Invalid auth header format. Expected: 'Bearer [API_KEY]'"),
        ("pk_0123", "Invalid auth header format. Expected: 'Bearer [API_KEY]'"),
        ("Bearer", "Invalid API key"),
        ("Bearer ", "Invalid API key"),
        ("Bearer nonsense", "Invalid API key"),
        (f"Bearer {'x' * 5000}", "Invalid API key"),
        (f"Bearer {new_api_key()}", "Invalid API key"),
    ],
)
async def test_without_a_valid_key_it_is_401(client, tenant, header, message):
    headers = {} if header is None else {"Authorization": header}
    response = await client.post(PATH, json=BUG, headers=headers)
    assert response.status_code == 401
    assert response.json() == {"message": message}


async def test_a_key_that_is_not_ascii_is_401(client, tenant):
    headers = [(b"Authorization", "Bearer pk_ключ".encode())]
    response = await client.post(PATH, json=BUG, headers=headers)
    assert response.json() == {"message": "Invalid API key"}


async def test_a_revoked_key_is_401_at_once(client, tenant, instance):
    assert (await post(client, tenant)).status_code == 200
    await instance.writer.run(
        tenant.account_id,
        api_keys.revoke_api_key,
        tenant.account_id,
        tenant.key_id,
        datetime.now(UTC),
    )
    response = await post(client, tenant)
    assert (response.status_code, response.json()) == (401, {"message": "Invalid API key"})


async def test_an_expired_key_is_401(client, tenant, instance, expire_key):
    await expire_key(tenant)
    response = await post(client, tenant)
    assert (response.status_code, response.json()) == (401, {"message": "Invalid API key"})


async def test_a_key_without_the_scope_is_403(client, open_tenant):
    tenant = await open_tenant(scopes=(Scope.EVENTS_READ,))
    response = await post(client, tenant)
    assert response.status_code == 403
    assert "events:write" in response.json()["message"]


async def test_discord_on_and_not_set_is_403(client, tenant, set_address):
    await set_address(tenant, "discord", None, verified=False)
    response = await post(client, tenant)
    assert response.status_code == 403
    assert response.json() == {"message": "Please enter your discord ID in your account settings"}


async def test_telegram_on_and_not_set_is_403(client, tenant, set_address):
    await set_address(tenant, "telegram", None, verified=False)
    response = await post(client, tenant)
    assert response.status_code == 403
    assert response.json() == {
        "message": "Telegram username not set. Please set your telegram username in your account "
        "settings to receive notifications"
    }


async def test_discord_comes_before_telegram(client, tenant, set_address):
    await set_address(tenant, "telegram", None, verified=False)
    await set_address(tenant, "discord", None, verified=False)
    assert "discord ID" in (await post(client, tenant)).json()["message"]


async def test_an_unverified_channel_is_403_and_named(client, tenant, set_address):
    await set_address(tenant, "email", "eve@example.org", verified=False)
    response = await post(client, tenant)
    assert response.status_code == 403
    assert "Email" in response.json()["message"]
    assert "Channels" in response.json()["message"]


async def test_no_channel_on_is_403(client, tenant, switch):
    for channel in ("discord", "telegram", "email"):
        await switch(tenant, channel, on=False)
    response = await post(client, tenant)
    assert response.status_code == 403
    assert response.json()["message"].startswith("No channel is switched on")


async def test_a_used_up_quota_is_429_with_its_headers(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    for _ in range(100):
        assert (await post(client, tenant)).status_code == 200
    response = await post(client, tenant)
    assert response.status_code == 429
    assert response.json() == {
        "message": "Monthly quota reached. Please upgrade your plan for more events"
    }
    assert int(response.headers["Retry-After"]) > 0
    assert response.headers["RateLimit-Policy"] == '"month";q=100'
    assert response.headers["RateLimit"].startswith('"month";r=0;t=')


async def test_a_burst_is_429_with_retry_after(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    answers = await asyncio.gather(*(post(client, tenant, b"{") for _ in range(320)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert "Too many requests" in refused[0].json()["message"]
    assert int(refused[0].headers["Retry-After"]) >= 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nope",
        b'{"category": NaN}',
        b'{"category": "bug", "fields": {"a": Infinity}}',
        b'{"category": "\xff"}',
        b'{"category": "\\ud800"}',
        b"[" * 10_000,
        b"\xef\xbb\xbf{}",
        b'{"category": "bug"} extra',
    ],
)
async def test_what_is_not_json_is_400(client, tenant, body):
    response = await post(client, tenant, body)
    assert response.status_code == 400
    assert response.json() == {"message": "Invalid JSON request body"}


async def test_a_large_body_is_413_with_the_limit(client, tenant):
    response = await post(client, tenant, {"category": "bug", "description": "x" * 70_000})
    assert response.status_code == 413
    assert "64 KiB" in response.json()["message"]


async def test_a_large_body_without_a_length_is_413(client, tenant):
    async def chunks():
        for _ in range(70):
            yield b"x" * 1024

    response = await client.post(PATH, content=chunks(), headers=tenant.headers)
    assert response.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "json", ";"])
async def test_another_content_type_is_415(client, tenant, kind):
    response = await post(client, tenant, **{"Content-Type": kind})
    assert response.status_code == 415
    assert "application/json" in response.json()["message"]


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON"])
async def test_json_content_types_are_accepted(client, tenant, kind):
    assert (await post(client, tenant, **{"Content-Type": kind})).status_code == 200


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ([], ""),
        ("bug", ""),
        (None, ""),
        ({}, "category"),
        ({"category": 1}, "category"),
        ({"category": None}, "category"),
        ({"category": ""}, "category"),
        ({"category": "a b"}, "category"),
        ({"category": "bug\n"}, "category"),
        ({"category": "büg"}, "category"),
        ({"category": "b" * 65}, "category"),
        ({"category": "bug", "description": 1}, "description"),
        ({"category": "bug", "description": "x" * 4001}, "description"),
        ({"category": "bug", "description": "a\x00b"}, "description"),
        ({"category": "bug", "fields": []}, "fields"),
        ({"category": "bug", "fields": {"": 1}}, "fields."),
        ({"category": "bug", "fields": {"k" * 257: 1}}, "fields." + "k" * 257),
        ({"category": "bug", "fields": {"a\x00": 1}}, "fields.a\x00"),
        ({"category": "bug", "fields": {"a": "x" * 8001}}, "fields.a"),
        ({"category": "bug", "fields": {"a": "\x00"}}, "fields.a"),
        ({"category": "bug", "fields": {"a": None}}, "fields.a"),
        ({"category": "bug", "fields": {"a": {}}}, "fields.a"),
        ({"category": "bug", "fields": {"a": [1]}}, "fields.a"),
        ({"category": "bug", "fields": {"a": 2**63}}, "fields.a"),
        ({"category": "bug", "fields": {"a": -(2**63)}}, "fields.a"),
        ({"category": "bug", "fields": {str(n): n for n in range(101)}}, "fields"),
        ({"category": "bug", "feilds": {}}, "feilds"),
    ],
)
async def test_what_breaks_a_rule_is_422_and_names_the_field(client, tenant, body, path):
    response = await post(client, tenant, json.dumps(body).encode())
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == path
    assert response.json()["message"] == response.json()["errors"][0]["message"]


async def test_a_number_that_overflows_is_422(client, tenant):
    response = await post(client, tenant, b'{"category": "bug", "fields": {"amount": 1e999}}')
    assert response.status_code == 422
    assert response.json()["message"] == "fields.amount must be a finite number"


async def test_every_problem_is_listed(client, tenant):
    response = await post(client, tenant, {"category": "", "fields": {"a": None}, "typo": 1})
    paths = [problem["path"] for problem in response.json()["errors"]]
    assert paths == ["category", "fields.a", "typo"]


async def test_an_unknown_category_is_404(client, tenant):
    response = await post(client, tenant, {"category": "Sale"})
    assert response.status_code == 404
    assert response.json() == {"message": 'You dont have a category named "Sale"'}


async def test_anothers_category_is_404(client, tenant, open_tenant, instance):
    bob = await open_tenant("bob@example.org")
    await client.post(
        "/api/v1/categories", json={"name": "secret", "color": "#000000"}, headers=bob.headers
    )
    assert (await post(client, tenant, {"category": "secret"})).status_code == 404


async def test_the_quota_comes_before_the_body(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    for _ in range(100):
        await post(client, tenant)
    assert (await post(client, tenant, b"{")).status_code == 429


async def test_the_configuration_comes_before_the_body(client, tenant, set_address):
    await set_address(tenant, "discord", None, verified=False)
    assert (await post(client, tenant, b"{")).status_code == 403


async def test_the_body_comes_before_the_category(client, tenant):
    assert (await post(client, tenant, {"category": "no", "x": 1})).status_code == 422


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v1/nope", "/api/v1/event/"])
async def test_a_wrong_path_is_404_in_json(client, path):
    response = await client.post(path)
    assert response.status_code == 404
    assert "message" in response.json()


async def test_a_wrong_method_is_405_in_json(client):
    response = await client.get(PATH)
    assert response.status_code == 405
    assert "message" in response.json()
    assert response.headers["Allow"] == "POST"


async def test_a_fault_of_ours_is_500_with_a_request_id(client, tenant, instance, caplog):
    instance.acceptor = None  # as if a part were missing
    response = await post(client, tenant)
    assert response.status_code == 500
    assert response.json() == {"message": "Internal server error"}
    assert response.headers["X-Request-Id"] in caplog.text


async def test_a_full_queue_is_503_with_retry_after(client, tenant, instance):
    instance.writer._queue_max = 0
    response = await post(client, tenant)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) >= 1


async def test_a_database_that_cannot_be_written_is_503_and_stores_nothing(
    client, tenant, instance, read_only
):
    assert (await post(client, tenant)).status_code == 200
    with read_only():
        assert (await post(client, tenant)).status_code == 503
    events = await client.get("/api/v1/events", headers=tenant.headers)
    assert len(events.json()["events"]) == 1


async def test_a_body_that_does_not_arrive_is_408(client, tenant, monkeypatch):
    monkeypatch.setattr(body, "DEADLINE", 0.05)

    async def drips():
        yield b'{"category"'
        await asyncio.Event().wait()

    response = await client.post(PATH, content=drips(), headers=tenant.headers)
    assert response.status_code == 408
    assert "did not arrive" in response.json()["message"]
