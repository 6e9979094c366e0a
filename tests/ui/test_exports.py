"""A category's events as a file: those that its page shows, and nobody else's."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from pingpilot_app.delivery.accept import Request
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.ui import exports
from pingpilot_app.ui.exports import export_app, safe_text
from tests.ui.conftest import Person
from tests.ui.test_feed import prepare


@pytest.fixture
async def files(instance: Instance) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the export routes that nobody is signed in with."""
    transport = httpx.ASGITransport(export_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


async def send(instance: Instance, person: Person, *events: dict[str, Any]) -> str:
    """Send events of the category `bug`; return the key that they were sent with."""
    key, account_id = new_api_key(), person.account_id
    hashed, scopes = hash_api_key(key, instance.pepper), list(Scope)
    await instance.writer.run(
        account_id, add_api_key, account_id, "x", key, hashed, scopes, datetime.now(UTC)
    )
    entry = await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)
    for event in events:
        body = json.dumps({"category": "bug"} | event).encode()

        async def read(body: bytes = body) -> bytes:
            return body

        await instance.acceptor.accept(entry, Request(read))
    return key


async def get(files: httpx.AsyncClient, person: Person, path: str) -> httpx.Response:
    return await files.get(f"/export/categories/{path}", headers={"cookie": person.cookie})


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


async def test_a_csv_has_a_column_for_every_field(
    instance: Instance, alice: Person, files: httpx.AsyncClient
) -> None:
    await prepare(instance, alice)
    fields: list[dict[str, Any]] = [{"a": 0, "b": False}, {"a": 1.5, 'c "x", y': "z\nü🐛"}]
    await send(instance, alice, *[{"fields": one} for one in fields])

    response = await get(files, alice, "bug.csv")

    assert response.content.startswith(b"\xef\xbb\xbfid,time,status,description,a,")
    assert b"\r\n" in response.content
    newest, oldest = rows_of(response)
    assert (oldest["a"], oldest["b"], oldest['c "x", y']) == ("0", "false", "")
    assert (newest["a"], newest["b"], newest['c "x", y']) == ("1.5", "", "z\nü🐛")
    assert newest["status"] == "PENDING"


async def test_json_is_what_the_api_lists(
    instance: Instance, alice: Person, files: httpx.AsyncClient, client: httpx.AsyncClient
) -> None:
    await prepare(instance, alice)
    key = await send(instance, alice, {"fields": {"z": 1, "a": "ü"}}, {"description": "Two"})

    found = await get(files, alice, "BUG.json")

    listed = await client.get("/api/v1/events", headers={"authorization": f"Bearer {key}"})
    assert found.headers["content-type"] == "application/json"
    assert found.json() == listed.json()["events"]


async def test_a_file_of_nothing_is_a_whole_file(
    instance: Instance, alice: Person, files: httpx.AsyncClient
) -> None:
    await prepare(instance, alice)

    assert (await get(files, alice, "bug.json")).json() == []
    assert (await get(files, alice, "bug.csv")).text == "\ufeffid,time,status,description\r\n"


@pytest.mark.parametrize("order", ["", "sort=fields.n&dir=asc", "sort=time&dir=asc"])
async def test_all_pages_are_in_it_in_their_order(
    instance: Instance, alice: Person, files: httpx.AsyncClient, order: str
) -> None:
    await prepare(instance, alice)
    count = exports.PAGE + 3
    await send(instance, alice, *[{"fields": {"n": number}} for number in range(count)])

    numbers = [int(row["n"]) for row in rows_of(await get(files, alice, f"bug.csv?{order}"))]

    assert numbers == sorted(range(count), reverse=not order)
    assert [e["fields"]["n"] for e in (await get(files, alice, f"bug.json?{order}")).json()] == (
        numbers
    )


async def test_search_and_period_narrow_it(
    instance: Instance, alice: Person, files: httpx.AsyncClient
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"description": "cat"}, {"description": "dog"})

    assert [row["description"] for row in rows_of(await get(files, alice, "bug.csv?q=Dog"))] == [
        "dog"
    ]
    past = await get(files, alice, "bug.csv?since=2020-01-01T00:00:00Z&until=2020-02-01T00:00:00Z")
    assert rows_of(past) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("", "bug.csv"),
        (
            "since=2026-03-01T00:00:00%2B05:30&until=2026-04-01T00:00:00%2B05:30",
            "bug-2026-03-01-to-2026-03-31.csv",
        ),
        ("since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z", "bug-2026-03-01.csv"),
    ],
)
async def test_a_file_is_named_by_category_and_days(
    instance: Instance, alice: Person, files: httpx.AsyncClient, query: str, name: str
) -> None:
    await prepare(instance, alice)

    response = await get(files, alice, f"bug.csv?{query}")

    assert response.headers["content-disposition"] == f'attachment; filename="{name}"'
    assert response.headers["cache-control"] == "no-store"


async def test_who_is_not_signed_in_is_led_to_sign_in(files: httpx.AsyncClient) -> None:
    response = await files.get("/export/categories/bug.csv")

    assert response.status_code == 303
    assert response.headers["location"] == "/login?next=%2Fcategories%2Fbug"


@pytest.mark.parametrize("path", ["bug.csv", "bug.json", "nothing.csv", "bug.xml", "ü.csv"])
async def test_another_accounts_category_is_not_found(
    instance: Instance, alice: Person, charlie: Person, files: httpx.AsyncClient, path: str
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {})

    assert (await get(files, charlie, path)).status_code == 404


@pytest.mark.parametrize("since", ["yesterday", "2026-03-01", "0001-01-01T00:00:00Z"])
async def test_a_time_that_is_none_is_refused(
    instance: Instance, alice: Person, files: httpx.AsyncClient, since: str
) -> None:
    await prepare(instance, alice)

    assert (await get(files, alice, f"bug.csv?since={since}")).status_code == 422


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("=1+1", "'=1+1"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("-2+3", "'-2+3"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1+1", "'＝1+1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("-5", "-5"),
        ("+1.5e3", "+1.5e3"),
        ("a=b", "a=b"),
        ("", ""),
    ],
)
def test_no_text_is_a_formula(text: str, safe: str) -> None:
    assert safe_text(text) == safe


async def test_names_of_fields_are_no_formulas_either(
    instance: Instance, alice: Person, files: httpx.AsyncClient
) -> None:
    await prepare(instance, alice)
    await send(instance, alice, {"description": "=1", "fields": {"=x": "=y", "n": -5}})

    (row,) = rows_of(await get(files, alice, "bug.csv"))

    assert (row["description"], row["'=x"], row["n"]) == ("'=1", "'=y", "-5")
