"""What a hostile or careless client puts into bodies, headers and queries of the API."""

import json
import time
from datetime import UTC, datetime

import pytest

from pingpilot_app.commands.integration import _line
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.storage.api_keys import add_api_key

PATH = "/api/v1/event"


async def post(client, tenant, body: bytes, **headers):
    given = {"Content-Type": "application/json"} | headers
    return await client.post(PATH, content=body, headers=tenant.headers | given)


async def events(client, tenant):
    return (await client.get("/api/v1/events", headers=tenant.headers)).json()["events"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (b'{"category":"bug","category":"sale"}', "category"),
        (b'{"category":"bug","c\\u0061tegory":"bug"}', "category"),
        (b'{"category":"bug","fields":{"a":1},"fields":{"b":2}}', "fields"),
        (b'{"category":"bug","fields":{"a":1,"b":2,"a":1}}', "fields.a"),
        (b'{"category":"bug","fields":{"a:":1,"a:":2}}', "fields.a:"),
        (b'{"category":"bug","fields":{"":1,"":2}}', "fields."),
    ],
)
async def test_what_is_given_twice_is_named_and_nothing_is_stored(client, tenant, body, path):
    response = await post(client, tenant, body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] == path
    assert response.json()["message"].endswith("is given more than once. Send it once.")
    assert await events(client, tenant) == []


async def test_colons_in_texts_are_no_repeats(client, tenant):
    fields = {"a:b": ":", "url": "https://example.org:443/", ":": '"a":1,"a":2'}
    body = json.dumps({"category": "bug", "description": "::", "fields": fields}).encode()
    assert (await post(client, tenant, body)).status_code == 200
    assert (await events(client, tenant))[0]["fields"] == fields


@pytest.mark.parametrize(
    "body",
    [
        b'{"category":"bug","fields":{"n":' + b"9" * 60_000 + b"}}",
        b'{"category":"bug","fields":{"n":' + b"9" * 60_000 + b".5}}",
        b'{"category":"bug","fields":{"n":1e' + b"9" * 60_000 + b"}}",
        b'{"category":"bug","fields":{"n":-1e999}}',
        b'{"category":"bug","fields":' + b"[" * 190 + b"]" * 190 + b"}",
        b'{"category":"bug","fields":' + b'{"a":' * 190 + b"1" + b"}" * 190 + b"}",
        b"{" + b",".join(b'"%x":[]' % n for n in range(6_000)) + b"}",
        b'{"fields":{' + b",".join(b'"%x":[]' % n for n in range(6_000)) + b"}}",
        b"[" + b"[]," * 20_000 + b"[]]",
    ],
    ids=lambda body: body[:40].decode(),
)
async def test_an_extravagant_body_is_refused_cheaply(client, tenant, body):
    begun = time.process_time()
    response = await post(client, tenant, body)
    assert response.status_code == 422
    assert len(response.content) < 1_000
    # 2 ms, and what the collector takes of this process; an error for each member took far more.
    assert time.process_time() - begun < 1


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 60_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        "{}".encode("utf-16"),
        '{"category":"bug"}'.encode("utf-16-le"),
        b'{"category":"bug"}\x00',
        b'{"category":"bug"}{}',
        b'{"category":"bug","fields":{"a":01}}',
        b'{"category":"bug","fields":{"a":-NaN}}',
        b'{"category":"bug","fields":{"a":+1}}',
        b'{"category":"bug",}',
        b"{'category':'bug'}",
        b'{"category":"bug\n"}',
        b'{"category":"bug","description":"\xed\xa0\x80"}',
        b'{"category":"bug","description":"\\udc00\\ud800"}',
    ],
    ids=lambda body: repr(body[:40]),
)
async def test_what_is_almost_json_is_400(client, tenant, body):
    response = await post(client, tenant, body)
    assert (response.status_code, response.json()) == (
        400,
        {"message": "Invalid JSON request body"},
    )


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate, gzip", "x"])
async def test_a_compressed_body_is_415_and_never_unpacked(client, tenant, encoding):
    response = await post(client, tenant, b'{"category":"bug"}', **{"Content-Encoding": encoding})
    assert response.status_code == 415
    assert "not decompressed" in response.json()["message"]


@pytest.mark.parametrize("kind", ["utf-16", "iso-8859-1", '"latin1"', "", "utf-8x"])
async def test_another_charset_is_415(client, tenant, kind):
    kind = f"application/json; charset={kind}"
    response = await post(client, tenant, b'{"category":"bug"}', **{"Content-Type": kind})
    assert response.status_code == 415
    assert "UTF-8" in response.json()["message"]


@pytest.mark.parametrize(
    "kind", ['application/json;charset="UTF-8"', "application/json; a=b; charset=utf8"]
)
async def test_utf_8_may_be_named(client, tenant, kind):
    body = '{"category":"bug","description":"é"}'.encode()
    assert (await post(client, tenant, body, **{"Content-Type": kind})).status_code == 200


@pytest.mark.parametrize("length", ["9" * 100, "9" * 5_000, "65537"])
async def test_a_huge_declared_length_is_413_before_any_of_it(client, tenant, length):
    response = await post(client, tenant, b"{}", **{"Content-Length": length})
    assert response.status_code == 413
    assert response.headers["connection"] == "close"


@pytest.mark.parametrize("number", ["0", "-0", "-0.0", "1e-400", "1E+2", "9223372036854775807"])
async def test_numbers_at_the_edge_are_kept(client, tenant, number):
    body = b'{"category":"bug","fields":{"n":%s}}' % number.encode()
    assert (await post(client, tenant, body)).status_code == 200
    assert (await events(client, tenant))[0]["fields"] == {"n": json.loads(number)}


CONTROL = "a\x1b[31m\u202e\u200b\u0007\r\n\x7f\ufeff\u2028z"


async def test_control_characters_are_kept_as_they_are(client, tenant):
    body = {"category": "bug", "description": CONTROL, "fields": {CONTROL: CONTROL}}
    assert (await post(client, tenant, json.dumps(body).encode())).status_code == 200
    event = (await events(client, tenant))[0]
    assert (event["description"], event["fields"]) == (CONTROL, {CONTROL: CONTROL})


@pytest.mark.parametrize(
    "name", ["Authorization", "Idempotency-Key", "Content-Type", "Content-Encoding", "Host"]
)
async def test_a_header_given_twice_is_400(client, tenant, name):
    headers = {"Authorization": tenant.headers["Authorization"], "Host": "test"}
    given = [*headers.items(), (name, "a"), (name, "b")]
    response = await client.post(PATH, content=b"{}", headers=given)
    assert response.status_code == 400
    assert response.json()["message"] == f"The header {name} is given more than once. Send it once"


async def test_long_headers_are_431_and_a_long_url_414(client, tenant):
    response = await post(client, tenant, b"{}", **{"X-Long": "a" * 20_000})
    assert response.status_code == 431
    response = await client.get(f"/api/v1/events?q={'a' * 10_000}", headers=tenant.headers)
    assert response.status_code == 414


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/events?categroy=bug"),
        ("GET", "/api/v1/events?limit=1&limit=2"),
        ("GET", "/api/v1/events?Limit=1"),
        ("GET", "/api/v1/quota?month=1"),
        ("GET", "/api/v1/events/evt_x?x=1"),
        ("GET", "/api/v1/categories?x"),
        ("POST", "/api/v1/categories?x=1"),
        ("PATCH", "/api/v1/categories/bug?x=1"),
        ("DELETE", "/api/v1/categories/bug?dryRun=true"),
        ("POST", "/api/v1/events/replay?dryRun=true"),
        ("POST", "/api/v1/events/evt_x/replay?x=1"),
    ],
)
async def test_a_query_of_which_something_would_vanish_is_422(client, tenant, method, path):
    response = await client.request(method, path, headers=tenant.headers)
    assert response.status_code == 422
    assert response.json()["errors"][0]["path"] in response.json()["message"]


async def test_the_key_comes_before_the_query(client):
    assert (await client.get("/api/v1/events?nope=1")).status_code == 401


async def test_an_unknown_category_in_a_query_is_404(client, tenant):
    response = await client.get("/api/v1/events?category=bgu", headers=tenant.headers)
    assert response.status_code == 404
    assert response.json() == {"message": 'You dont have a category named "bgu"'}


@pytest.mark.parametrize(
    "query",
    [
        "category=a%20b",
        "category=",
        "category=%00",
        "category=%ff",
        "q=%00",
        "cursor=evt_" + "A" * 26,
        "cursor=%0a",
        "since=1e999",
        "since=nan",
        "since=9",
        "until=1767225600",
        "since=99999999999999999999",
        "until=0000-00-00",
        "limit=1e9",
        "limit=" + "9" * 5_000,
        "limit=%d9%a3x",
        "status=%F0%28%8C%28",
    ],
)
async def test_a_garbled_query_is_422_in_a_kind_sentence(client, tenant, query):
    response = await client.get(f"/api/v1/events?{query}", headers=tenant.headers)
    assert response.status_code == 422
    message = response.json()["message"]
    assert message.startswith(query.partition("=")[0])
    assert not set(message) & set("^$\\[]")  # no pattern, and nothing that only a program reads
    assert "Input should" not in message


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "PURGE"])
async def test_other_methods_are_405(client, tenant, method):
    response = await client.request(method, PATH, headers=tenant.headers)
    assert response.status_code == 405


@pytest.mark.parametrize("name", ["%00", "a%00b", "%ff", "%F0%9F%90%9B", "a%0ab", "x" * 5_000])
@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
async def test_no_name_in_a_path_reaches_the_database_as_a_fault(client, tenant, method, name):
    response = await client.request(
        method, f"/api/v1/categories/{name}", json={"color": "#000000"}, headers=tenant.headers
    )
    assert response.status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        {"name": "a\x00", "color": "#000000"},
        {"name": "é", "color": "#000000"},
        {"name": "a\n", "color": "#000000"},
        {"name": "a", "color": "#000000\n"},
        {"name": "a", "color": "#٣٣٣٣٣٣"},
        {"name": "a", "color": "#000000", "emoji": "🐛🐛"},
        {"name": "a", "color": "#000000", "emoji": "<b>"},
        {"name": "a", "color": "#000000", "emoji": "\u202e"},
    ],
)
async def test_a_category_takes_no_text_that_hides_something(client, tenant, body):
    response = await client.post("/api/v1/categories", json=body, headers=tenant.headers)
    assert response.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"since": 1},
        {"since": "1767225600"},
        {"since": "2020-01-01T00:00:00Z", "dryRun": "false"},
        {"since": "2020-01-01T00:00:00Z", "dryRun": 1},
        {"since": "2020-01-01T00:00:00Z", "channels": ["discord"] * 6_000},
        {"since": "2020-01-01T00:00:00Z", "channels": [0] * 6_000},
        {"since": "+999999-01-01T00:00:00Z"},
    ],
    ids=lambda body: str(body)[:70],
)
async def test_a_replay_takes_nothing_by_halves(client, tenant, body):
    response = await client.post("/api/v1/events/replay", json=body, headers=tenant.headers)
    assert response.status_code == 422
    assert len(response.content) < 1_000


@pytest.mark.parametrize("name", ["a\x00b", "a\u202eb", "a\nb", "\udcff", "\x1b[31m"])
async def test_a_key_has_a_name_that_can_be_stored_and_shown(instance, tenant, name):
    with pytest.raises(Invalid, match="printable"):
        await instance.writer.run(
            tenant.account_id,
            add_api_key,
            tenant.account_id,
            name,
            "pk_x",
            b"x",
            (Scope.EVENTS_WRITE,),
            datetime.now(UTC),
        )


def test_tail_lets_no_text_steer_the_terminal():
    event = {"createdAt": "t", "category": "bug", "description": CONTROL, "deliveries": []}
    line = _line(event | {"fields": {CONTROL: CONTROL}})
    assert line.isprintable()
