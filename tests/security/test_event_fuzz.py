"""Any bytes as an event: stored and read back as they were sent, or refused without a trace."""

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import func, select

from pingpilot_app.storage.tables import events, quota_usage
from tests.security.fuzzing import fuzz

PATH = "/api/v1/event"
REFUSALS = {400, 404, 413, 415, 422}

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
NUMBER = st.integers(-(2**63) + 1, 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.booleans() | NUMBER | TEXT
LEGAL = st.fixed_dictionaries(
    {"category": st.sampled_from(["bug", "BUG", "bUg"])},
    optional={
        "description": st.none() | TEXT,
        "fields": st.none() | st.dictionaries(TEXT.filter(bool), VALUE, max_size=8),
    },
)
NEARLY = st.fixed_dictionaries(
    {"category": st.just("bug") | st.text(max_size=3)},
    optional={
        "description": TEXT | ANY,
        "fields": st.dictionaries(st.text(), VALUE | ANY, max_size=8),
        "feilds": ANY,
    },
)
CHANGES = st.lists(
    st.tuples(
        st.floats(0, 1),
        st.sampled_from(["put", "cut", "double"]),
        st.binary(min_size=1, max_size=3),
    ),
    min_size=1,
    max_size=4,
)


def changed(body: bytes, changes: list[tuple[float, str, bytes]]) -> bytes:
    """Return the body with bytes put in, left out or repeated."""
    for where, what, put in changes:
        at = int(where * len(body))
        if what == "put":
            body = body[:at] + put + body[at:]
        elif what == "cut":
            body = body[:at] + body[at + len(put) :]
        else:
            body = body[:at] + body[at : at + 40] + body[at:]
    return body


def encoded(document: Any, ascii_only: bool) -> bytes:
    """Return JSON; lone surrogates only go as escapes."""
    try:
        return json.dumps(document, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        return json.dumps(document).encode()


DOCUMENTS = st.builds(encoded, LEGAL | NEARLY | ANY, st.booleans())
BODIES = DOCUMENTS | st.builds(changed, DOCUMENTS, CHANGES) | st.binary(max_size=200)


def traces(connection, account_id: str) -> tuple[int, int]:
    """Return how many events the account has, and how many counted."""
    stored = select(func.count()).where(events.c.account_id == account_id)
    counted = select(func.coalesce(func.sum(quota_usage.c.used), 0)).where(
        quota_usage.c.account_id == account_id
    )
    return connection.execute(stored).scalar_one(), connection.execute(counted).scalar_one()


async def check(client, instance, tenant, body: bytes) -> int:
    """Send a body and check what became of it; return the status."""
    before = await instance.database.read(traces, tenant.account_id)
    response = await client.post(PATH, content=body, headers=tenant.headers)
    after = await instance.database.read(traces, tenant.account_id)
    if response.status_code != 200:
        assert response.status_code in REFUSALS, response.text
        assert response.json()["message"]
        assert after == before
        return response.status_code
    assert after == (before[0] + 1, before[1] + 1)
    found = await client.get(f"/api/v1/events/{response.json()['eventId']}", headers=tenant.headers)
    assert_same(json.loads(body), found.json())
    return 200


def assert_same(sent: dict[str, Any], found: dict[str, Any]) -> None:
    """Compare an event with its body: texts to the character, numbers with their type, order."""
    assert found["category"] == sent["category"].lower()
    told = sent.get("description") or ""
    assert found["description"] == (told if told.strip() else "A new bug event has occurred!")
    fields = sent.get("fields") or {}
    assert list(found["fields"].items()) == list(fields.items())
    assert [type(value) for value in found["fields"].values()] == [
        type(value) for value in fields.values()
    ]


@fuzz(400)
@given(body=BODIES)
@example(body=b'{"category":"bug","fields":{"a":-0.0,"b":1e22,"c":5e-324,"d":1.0}}')
@example(body=b'{"category":"bug","fields":{"a":1,"a":1}}')
@example(body=b'{"category":"bug","description":"\\ud83d\\ude00\\u0000"}')
@example(body=b'{"category":"bug","fields":{"b":1,"a":2,"10":3,"9":4}}')
async def test_any_body_is_kept_whole_or_leaves_no_trace(client, instance, tenant, body):
    await check(client, instance, tenant, body)


@fuzz(100)
@given(document=LEGAL, ascii_only=st.booleans())
async def test_a_legal_body_is_accepted(client, instance, tenant, document, ascii_only):
    assert await check(client, instance, tenant, encoded(document, ascii_only)) == 200
