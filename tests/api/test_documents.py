"""`/openapi.json`, `/docs`, health."""

import re

import pytest


async def test_the_description_covers_every_call(client):
    paths = (await client.get("/openapi.json")).json()["paths"]
    assert set(paths) == {
        "/api/v1/event",
        "/api/v1/quota",
        "/api/v1/events",
        "/api/v1/events/stream",
        "/api/v1/events/{id}",
        "/api/v1/events/{id}/replay",
        "/api/v1/events/replay",
        "/api/v1/categories",
        "/api/v1/categories/{name}",
        "/healthz",
        "/readyz",
    }


async def test_the_event_is_described_by_the_model_that_validates_it(client):
    call = (await client.get("/openapi.json")).json()["paths"]["/api/v1/event"]["post"]
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"category", "description", "fields"}
    assert schema["additionalProperties"] is False


async def test_the_docs_page_loads_everything_from_here(client):
    page = (await client.get("/docs")).text
    links = re.findall(r'(?:src|href)="([^"]+)"', page)
    assert links
    assert all(link.startswith("/docs-assets/") for link in links)
    assert [(await client.get(link)).status_code for link in links] == [200] * len(links)


async def test_health(client):
    assert (await client.get("/healthz")).status_code == 200
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")


async def test_a_dead_writer_is_not_ready(client, instance):
    await instance.writer.stop()
    ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["writer"]) == (503, "not working")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_health_can_be_asked_by_head(client, path):
    assert (await client.head(path)).status_code == 200
