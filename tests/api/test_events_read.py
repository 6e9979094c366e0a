"""`GET /api/v1/events` and `/events/{id}`."""

import pytest

from pingpilot_app.domain.api_key import Scope


async def send(client, tenant, **body) -> str:
    response = await client.post(
        "/api/v1/event", json={"category": "bug"} | body, headers=tenant.headers
    )
    return response.json()["eventId"]


async def ids(client, tenant, **query) -> list[str]:
    response = await client.get("/api/v1/events", params=query, headers=tenant.headers)
    assert response.status_code == 200, response.text
    return [event["id"] for event in response.json()["events"]]


async def test_events_come_newest_first(client, tenant):
    sent = [await send(client, tenant) for _ in range(3)]
    assert await ids(client, tenant) == sent[::-1]


async def test_an_event_reads_as_documented(client, tenant):
    await send(client, tenant, description="d", fields={"a": 1})
    event = (await client.get("/api/v1/events", headers=tenant.headers)).json()["events"][0]
    assert list(event) == [
        "id",
        "category",
        "description",
        "fields",
        "status",
        "createdAt",
        "deliveries",
    ]
    assert list(event["deliveries"][0]) == [
        "id",
        "channel",
        "status",
        "attempts",
        "nextAttemptAt",
        "deliveredAt",
        "error",
    ]


async def test_the_cursor_leads_through_all_events_once(client, tenant):
    sent = [await send(client, tenant) for _ in range(5)]
    seen, cursor = [], None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/api/v1/events", params=query, headers=tenant.headers)).json()
        seen += [event["id"] for event in page["events"]]
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == sent[::-1]


async def test_filters_by_category_status_text_and_time(client, tenant):
    await client.post(
        "/api/v1/categories", json={"name": "sale", "color": "#00ff00"}, headers=tenant.headers
    )
    bug = await send(client, tenant, description="100% of_it", fields={"who": "Ada"})
    sale = await send(client, tenant, category="sale")
    assert await ids(client, tenant, category="SALE") == [sale]
    assert await ids(client, tenant, status="PENDING") == [sale, bug]
    assert await ids(client, tenant, status="FAILED") == []
    assert await ids(client, tenant, q="OF 100") == [bug]
    assert await ids(client, tenant, q="ada") == [bug]
    assert await ids(client, tenant, since="2020-01-01T00:00:00Z") == [sale, bug]
    assert await ids(client, tenant, until="2020-01-01T00:00:00") == []


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "x"},
        {"status": "NOPE"},
        {"since": "yesterday"},
        {"cursor": "evt_1"},
        {"q": "a\x00"},
        {"q": "x" * 201},
    ],
)
async def test_a_bad_query_is_422_and_names_the_parameter(client, tenant, query):
    response = await client.get("/api/v1/events", params=query, headers=tenant.headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == next(iter(query))


async def test_anothers_event_is_404(client, tenant, open_tenant):
    bob = await open_tenant("bob@example.org")
    event = await send(client, tenant)
    assert (await client.get(f"/api/v1/events/{event}", headers=bob.headers)).status_code == 404
    assert await ids(client, bob) == []


@pytest.mark.parametrize("path", ["/quota", "/events", "/events/evt_x"])
async def test_reading_needs_its_scope(client, open_tenant, path):
    tenant = await open_tenant(scopes=(Scope.EVENTS_WRITE,))
    response = await client.get(f"/api/v1{path}", headers=tenant.headers)
    assert response.status_code == 403
    assert "events:read" in response.json()["message"]
    assert (await client.get(f"/api/v1{path}")).status_code == 401


@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
async def test_a_time_outside_the_calendar_is_422(client, tenant, name, moment):
    response = await client.get("/api/v1/events", params={name: moment}, headers=tenant.headers)
    assert response.status_code == 422
    assert response.json()["message"] == f"{name} is outside the calendar"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"limit": 0}, "limit must be at least 1"),
        ({"limit": 201}, "limit must be at most 200"),
        ({"cursor": "AAAA"}, "cursor must be the nextCursor of an earlier answer"),
        ({"since": "soon"}, "since must be a time such as 2026-03-06T10:30:00Z"),
    ],
)
async def test_a_refused_parameter_is_explained(client, tenant, query, sentence):
    response = await client.get("/api/v1/events", params=query, headers=tenant.headers)
    assert response.json()["message"].startswith(sentence)
