"""Categories over HTTP."""

import pytest

from pingpilot_app.domain.plan import Plan

PATH = "/api/v1/categories"
SALE = {"name": "Sale", "color": "#FFEB3B", "emoji": "💰"}


async def test_a_category_is_made_in_lower_case_with_its_colour_as_a_number(client, tenant):
    response = await client.post(PATH, json=SALE, headers=tenant.headers)
    assert response.status_code == 201
    answer = response.json()
    assert (answer["name"], answer["emoji"], answer["color"]) == ("sale", "💰", 0xFFEB3B)
    assert list(answer) == [
        "id",
        "name",
        "emoji",
        "color",
        "eventsCount",
        "uniqueFieldCount",
        "lastPing",
        "createdAt",
        "updatedAt",
    ]


async def test_the_list_counts_events_and_distinct_fields(client, tenant):
    for fields in ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {}):
        await client.post(
            "/api/v1/event", json={"category": "bug", "fields": fields}, headers=tenant.headers
        )
    bug = (await client.get(PATH, headers=tenant.headers)).json()["categories"][0]
    assert (bug["eventsCount"], bug["uniqueFieldCount"]) == (3, 3)
    assert bug["lastPing"].endswith("Z")


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({}, "name"),
        ({"name": "a b", "color": "#000000"}, "name"),
        ({"name": "a", "color": "red"}, "color"),
        ({"name": "a", "color": "#00000g"}, "color"),
        ({"name": "a", "color": 5}, "color"),
        ({"name": "a", "color": "#000000", "emoji": "bug"}, "emoji"),
        ({"name": "a", "color": "#000000", "emoji": "🐛🐛"}, "emoji"),
        ({"name": "a", "color": "#000000", "x": 1}, "x"),
    ],
)
async def test_what_breaks_a_rule_is_422_and_named(client, tenant, body, path):
    response = await client.post(PATH, json=body, headers=tenant.headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == path


async def test_a_taken_name_is_409(client, tenant):
    response = await client.post(PATH, json=SALE | {"name": "BUG"}, headers=tenant.headers)
    assert response.status_code == 409


async def test_the_plan_limits_how_many(client, open_tenant):
    tenant = await open_tenant(plan=Plan.FREE)
    for name in ("a", "b"):
        made = await client.post(PATH, json=SALE | {"name": name}, headers=tenant.headers)
        assert made.status_code == 201
    response = await client.post(PATH, json=SALE | {"name": "c"}, headers=tenant.headers)
    assert response.status_code == 429
    assert "3 categories" in response.json()["message"]


async def test_a_change_touches_only_what_is_named(client, tenant):
    response = await client.patch(f"{PATH}/BUG", json={"emoji": None}, headers=tenant.headers)
    answer = response.json()
    assert (answer["name"], answer["emoji"], answer["color"]) == ("bug", None, 0xFF6B6B)


async def test_a_renamed_category_takes_events_under_its_new_name_at_once(client, tenant):
    await client.patch(f"{PATH}/bug", json={"name": "defect"}, headers=tenant.headers)
    send = lambda name: client.post(  # noqa: E731
        "/api/v1/event", json={"category": name}, headers=tenant.headers
    )
    assert (await send("defect")).status_code == 200
    assert (await send("bug")).status_code == 404


async def test_an_empty_change_is_422(client, tenant):
    assert (await client.patch(f"{PATH}/bug", json={}, headers=tenant.headers)).status_code == 422


async def test_deleting_takes_the_events_along_and_says_how_many(client, tenant):
    await client.post("/api/v1/event", json={"category": "bug"}, headers=tenant.headers)
    response = await client.delete(f"{PATH}/bug", headers=tenant.headers)
    assert response.json()["eventsDeleted"] == 1
    assert (await client.get("/api/v1/events", headers=tenant.headers)).json()["events"] == []


@pytest.mark.parametrize("method", ["patch", "delete"])
async def test_anothers_category_is_404(client, tenant, open_tenant, method):
    bob = await open_tenant("bob@example.org")
    await client.post(PATH, json=SALE, headers=bob.headers)
    body = {"json": {"color": "#000000"}} if method == "patch" else {}
    response = await getattr(client, method)(f"{PATH}/sale", headers=tenant.headers, **body)
    assert response.status_code == 404


async def test_a_category_deleted_behind_the_cache_is_404_and_no_loss(client, tenant, instance):
    """Another process deleted it; the cache does not know yet."""
    assert (
        await client.post("/api/v1/event", json={"category": "bug"}, headers=tenant.headers)
    ).status_code == 200
    from pingpilot_app.storage import categories

    await instance.writer.run(None, categories.delete_category, tenant.account_id, "bug")
    response = await client.post("/api/v1/event", json={"category": "bug"}, headers=tenant.headers)
    assert response.status_code == 404
