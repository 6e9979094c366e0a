"""`POST /api/v1/event`: what a 200 says and stores."""

import re

import httpx
import pytest

from pingpilot_app.delivery.instance import Instance

BUG = {"category": "bug", "description": "It broke", "fields": {"b": 1, "a": True, "c": 99.5}}


async def stored(client: httpx.AsyncClient, tenant, event_id: str) -> dict:
    response = await client.get(f"/api/v1/events/{event_id}", headers=tenant.headers)
    assert response.status_code == 200
    return response.json()


async def test_answers_the_documented_body(client, tenant):
    response = await client.post("/api/v1/event", json=BUG, headers=tenant.headers)
    assert response.status_code == 200
    assert response.json()["message"] == "Event processed successfully"
    assert re.fullmatch(r"evt_[0-9a-z]{26}", response.json()["eventId"])
    assert list(response.json()) == ["message", "eventId"]


async def test_stores_the_event_with_a_delivery_for_each_channel(client, tenant):
    response = await client.post("/api/v1/event", json=BUG, headers=tenant.headers)
    event = await stored(client, tenant, response.json()["eventId"])
    assert (event["category"], event["description"]) == ("bug", "It broke")
    assert [one["channel"] for one in event["deliveries"]] == ["discord", "telegram", "email"]
    assert {one["status"] for one in event["deliveries"]} == {"PENDING"}


async def test_keeps_the_fields_in_their_order_and_kind(client, tenant):
    response = await client.post("/api/v1/event", json=BUG, headers=tenant.headers)
    event = await stored(client, tenant, response.json()["eventId"])
    assert list(event["fields"].items()) == [("b", 1), ("a", True), ("c", 99.5)]


@pytest.mark.parametrize("description", [None, "", "  \n "])
async def test_a_blank_description_becomes_the_default(client, tenant, description):
    body = {"category": "BUG", "description": description}
    response = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    event = await stored(client, tenant, response.json()["eventId"])
    assert event["description"] == "A new bug event has occurred!"


async def test_the_category_is_found_in_upper_case(client, tenant):
    response = await client.post("/api/v1/event", json={"category": "BuG"}, headers=tenant.headers)
    assert response.status_code == 200


async def test_a_missing_content_type_is_accepted(client, tenant):
    response = await client.post(
        "/api/v1/event", content=b'{"category":"bug"}', headers=tenant.headers
    )
    assert response.status_code == 200


async def test_ids_ascend_in_the_order_of_acceptance(client, tenant):
    answers = [
        await client.post("/api/v1/event", json=BUG, headers=tenant.headers) for _ in range(20)
    ]
    ids = [answer.json()["eventId"] for answer in answers]
    assert ids == sorted(ids)


async def test_a_channel_that_is_off_gets_no_delivery(client, tenant, instance: Instance, switch):
    await switch(tenant, "telegram", on=False)
    response = await client.post("/api/v1/event", json=BUG, headers=tenant.headers)
    event = await stored(client, tenant, response.json()["eventId"])
    assert [one["channel"] for one in event["deliveries"]] == ["discord", "email"]


async def test_text_of_every_script_survives(client, tenant):
    text = "日本語 עברית 🏳️‍🌈 \u202e <script> @everyone \x01 \\ \" '"
    body = {"category": "bug", "description": text, "fields": {text: text}}
    response = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    event = await stored(client, tenant, response.json()["eventId"])
    assert event["description"] == text
    assert event["fields"] == {text: text}


async def test_the_largest_legal_event_is_accepted(client, tenant):
    fields = {f"{number:03}" + "k" * 200: "v" * 350 for number in range(100)}
    body = {"category": "bug", "description": "d" * 4000, "fields": fields}
    response = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    assert response.status_code == 200
