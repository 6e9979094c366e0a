"""/openapi.json is honest: whatever is sent to the running API, it answers as documented.

schemathesis makes up requests from the document, with a key that may do all, one that may do
nothing, and none. A watch in front of the API holds every answer against the document, and
in the end every documented status of every call has been seen.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.specs.openapi import checks

from pingpilot_app import settings as settings_module
from pingpilot_app.api import body
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.policy import policy_of
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.sandbox.faults import Fault
from pingpilot_app.storage.database import Database
from tests.conftest import IMPATIENT, tenant_on
from tests.security.fuzzing import fuzz
from tests.security.live_api import live_api
from tests.security.servers import answer_to, status_of

BUG = {"category": "bug"}


@pytest.fixture(scope="module")
def api(tmp_path_factory, migrated, free_ports):
    """An API that delivers to its sandbox, for all tests here: they watch it together."""
    data = tmp_path_factory.mktemp("data")
    (data / "pingpilot.db").write_bytes(migrated.read_bytes())
    unpaced = {
        "telegram_rate": 100_000,
        "telegram_chat_rate": 100_000,
        "client_timeout": 5,
        "api_refusals": 0,
    }
    settings = settings_module.load(
        _env_file=None, sandbox="on", sandbox_port=free_ports(), data_dir=data, **unpaced
    )
    policy = replace(policy_of(settings), **IMPATIENT, schedule=RetrySchedule(waits=()))
    with live_api(lambda: Instance(settings, policy=policy)) as api:
        yield api


@pytest.fixture
def open_tenant(api):
    """Opens an account on the running API."""
    numbers = iter(range(1_000_000))
    return lambda **given: api.run(
        lambda: tenant_on(
            api.instance, f"{datetime.now(UTC).timestamp()}-{next(numbers)}@example.org", **given
        )
    )


schemathesis.openapi.format("emoji", st.sampled_from(["", "🐛", "👩‍🚀", "🇩🇪", "#️⃣"]))

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.positive_data_acceptance,
]


KEYS = {"every scope": {}, "another scope": {"scopes": (Scope.EVENTS_READ,)}, "no key": None}


@pytest.mark.parametrize("mode", list(schemathesis.GenerationMode), ids=lambda mode: mode.name)
@pytest.mark.parametrize("key", KEYS)
def test_made_up_requests_are_answered_as_documented(api, open_tenant, key, mode):
    schema = schemathesis.openapi.from_url(f"{api.url}/openapi.json")
    headers = {} if KEYS[key] is None else open_tenant(**KEYS[key]).headers
    for found in schema.get_all_operations():
        operation = found.ok()

        @fuzz(10)
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case):
            case.call_and_validate(headers=headers, checks=CHECKS, timeout=40)

        with suppress(Unsatisfiable):  # a call that takes nothing can get nothing wrong
            ask()


# --- Every documented status, one by one ---------------------------------------------------------

SENDABLE = {  # a request that each call takes; {event} and {category} are put in
    ("post", "/api/v1/event"): BUG,
    ("get", "/api/v1/quota"): None,
    ("get", "/api/v1/events"): None,
    ("get", "/api/v1/events/stream"): None,
    ("get", "/api/v1/events/{id}"): None,
    ("post", "/api/v1/events/replay"): {"since": "2020-01-01T00:00:00Z", "dryRun": True},
    ("post", "/api/v1/events/{id}/replay"): {"channels": ["email"]},
    ("get", "/api/v1/categories"): None,
    ("post", "/api/v1/categories"): {"name": "new", "color": "#000000"},
    ("patch", "/api/v1/categories/{name}"): {"color": "#00aa55"},
    ("delete", "/api/v1/categories/{name}"): None,
}
BODIES = [call for call, sent in SENDABLE.items() if sent is not None]
"""What calls without a body are left out of."""


class Caller:
    """Sends each call once in a wrong way."""

    def __init__(self, api, tenant):
        self.http = httpx.Client(base_url=api.url, timeout=40)
        self.tenant = tenant
        sent = self.http.post("/api/v1/event", json=BUG, headers=tenant.headers)
        self.event = sent.json()["eventId"]

    def __call__(self, call, tenant=None, query="", **given):
        method, path = call
        path = path.replace("{id}", self.event).replace("{name}", "bug")
        headers = (tenant or self.tenant).headers | given.pop("headers", {})
        if "content" not in given and SENDABLE[call] is not None:
            given.setdefault("json", SENDABLE[call])
        given["headers"] = headers
        return self.http.request(method, path + query, **given)


@pytest.fixture
def call(api, open_tenant):
    caller = Caller(api, open_tenant())
    yield caller
    caller.http.close()


def drives(*statuses: str, calls=tuple(SENDABLE)) -> Callable:
    """Mark a test that brings about a status of each of the calls."""
    return pytest.mark.parametrize(
        ("one", "status"), [(one, int(s)) for s in statuses for one in calls], ids=str
    )


def test_every_call_succeeds(call):
    order = [one for one in SENDABLE if one[0] != "delete"]
    statuses = [call(one).status_code for one in [*order, ("delete", "/api/v1/categories/{name}")]]
    assert set(statuses) <= {200, 201, 202}


@drives("401")
def test_without_a_key(call, one, status):
    assert call(one, headers={"Authorization": "Bearer no"}).status_code == status


@drives("403")
def test_without_the_scope(call, open_tenant, one, status):
    other = Scope.CATEGORIES_MANAGE if one[0] == "get" else Scope.EVENTS_READ
    other = Scope.EVENTS_READ if "categories" in one[1] else other
    assert call(one, open_tenant(scopes=(other,))).status_code == status


@drives("400")
def test_with_two_keys(api, call, one, status):
    pair = [("Authorization", "Bearer a"), ("Authorization", "Bearer b")]
    path = one[1].replace("{id}", "x").replace("{name}", "x")
    assert call.http.request(one[0], path, headers=pair).status_code == status


@drives("414")
def test_with_a_long_url(call, one, status):
    assert call(one, query="?x=" + "a" * 10_000).status_code == status


@drives("431")
def test_with_long_headers(call, one, status):
    assert call(one, headers={"X": "a" * 20_000}).status_code == status


@drives("422", calls=[one for one in SENDABLE if one[1] != "/api/v1/event"])
def test_with_an_unknown_parameter(call, one, status):
    assert call(one, query="?nope=1").status_code == status


@drives("422", calls=BODIES)
def test_with_an_unknown_member(call, one, status):
    assert call(one, json={"nope": 1}).status_code == status


@drives("400", calls=BODIES)
def test_without_json(call, one, status):
    assert call(one, content=b"{").status_code == status


@drives("413", calls=BODIES)
def test_with_too_much(call, one, status):
    assert call(one, content=b" " * 70_000).status_code == status


@drives("415", calls=BODIES)
def test_with_something_else(call, one, status):
    assert call(one, headers={"Content-Type": "text/plain"}).status_code == status
    assert call(one, headers={"Content-Encoding": "gzip"}).status_code == status


@drives("408", calls=BODIES)
def test_with_half_a_body(call, monkeypatch, one, status):
    monkeypatch.setattr(body, "DEADLINE", 0.05)
    path = one[1].replace("{id}", call.event).replace("{name}", "bug")
    key = call.tenant.headers["Authorization"]
    head = f"{one[0].upper()} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n"
    half = f"{head}Content-Length: 9\r\n\r\n{{".encode()
    assert status_of(answer_to(call.http.base_url.port, half)) == status


def test_with_a_burst(api, call, open_tenant):
    free = open_tenant(plan=Plan.FREE)
    for one in SENDABLE:
        for _ in range(1_000):
            if call(one, free, content=b"{").status_code == 429:
                break
        else:
            pytest.fail(f"{one} never met the burst limit")


def test_with_the_quota_used_up(call, open_tenant):
    free = open_tenant(plan=Plan.FREE)
    answers = [call(("post", "/api/v1/event"), free) for _ in range(101)]
    assert answers[-1].status_code == 429
    assert "RateLimit" in answers[-1].headers


@pytest.mark.parametrize(
    ("one", "given"),
    [
        (("post", "/api/v1/event"), {"json": {"category": "none"}}),
        (("get", "/api/v1/events"), {"query": "?category=none"}),
        (("get", "/api/v1/events/{id}"), {"unknown": True}),
        (("post", "/api/v1/events/{id}/replay"), {"unknown": True}),
        (("patch", "/api/v1/categories/{name}"), {"unknown": True}),
        (("delete", "/api/v1/categories/{name}"), {"unknown": True}),
    ],
    ids=str,
)
def test_of_something_that_is_not_there(call, one, given):
    if given.pop("unknown", False):
        one, sent = (one[0], one[1].replace("{id}", "none").replace("{name}", "none")), one
        response = call.http.request(*one, headers=call.tenant.headers, json=SENDABLE[sent])
    else:
        response = call(one, **given)
    assert response.status_code == 404


def test_of_what_is_not_kept_any_more(call):
    gone = call(("get", "/api/v1/events/stream"), headers={"Last-Event-ID": "1"})
    assert gone.status_code == 410


def test_in_conflict(call):
    named = {"name": "taken", "color": "#000000"}
    assert call(("post", "/api/v1/categories"), json=named).status_code == 201
    assert call(("post", "/api/v1/categories"), json=named).status_code == 409
    renamed = call(("patch", "/api/v1/categories/{name}"), json={"name": "taken"})
    assert renamed.status_code == 409


def test_of_what_has_arrived(call):
    waited = call(("post", "/api/v1/event"), headers={"Prefer": "wait=20"})
    assert waited.json()["deliveryStatus"] == "DELIVERED"
    call.event = waited.json()["eventId"]
    assert call(("post", "/api/v1/events/{id}/replay"), json={}).status_code == 409


def test_twice_at_once_and_twice(api, call):
    once = {"Idempotency-Key": "once"}
    assert call(("post", "/api/v1/event"), headers=once).status_code == 200
    again = call(("post", "/api/v1/event"), headers=once)
    assert again.headers["Idempotent-Replayed"] == "true"
    api.instance.acceptor._under_way.add((call.tenant.account_id, "busy"))
    busy = call(("post", "/api/v1/event"), headers={"Idempotency-Key": "busy"})
    assert busy.status_code == 409


def test_of_an_event_that_no_channel_takes(api, call):
    faults = api.instance.sandbox.faults

    async def clear():
        faults.clear()

    refusals = {Channel.DISCORD: "code:50007", Channel.TELEGRAM: "code:bot was blocked by the user"}
    for channel in Channel:
        faults.plan(channel, Fault(refusals.get(channel, "code:550")), times=None)
    api.watch.expected.add(500)
    failed = call(("post", "/api/v1/event"), headers={"Prefer": "wait=20"})
    api.watch.expected.clear()
    api.run(clear)
    assert failed.status_code == 500, failed.text
    assert failed.json() == {
        "message": "Error processing event",
        "eventId": failed.json()["eventId"],
    }


@drives("500")
def test_beside_a_fault_of_ours(api, call, one, status):
    authorizer, api.instance.authorizer = api.instance.authorizer, None
    api.watch.expected.add(500)
    response = call(one)
    api.instance.authorizer = authorizer
    api.watch.expected.clear()
    assert response.status_code == status
    assert response.headers["X-Request-Id"]


@drives("503")
def test_without_a_database(api, call, open_tenant, tmp_path, one, status):
    stranger = open_tenant()  # whose key nobody has looked up yet
    database = api.instance.database
    engine = database.read_engine
    broken = Database(f"sqlite:///{tmp_path / 'gone.db'}")
    (tmp_path / "gone.db").unlink()
    (tmp_path / "gone.db").mkdir()
    database.read_engine = broken.read_engine
    api.watch.expected.add(503)
    response = call(one, stranger)
    ready = call.http.get("/readyz").status_code
    database.read_engine = engine
    api.watch.expected.clear()
    broken.close()
    assert (response.status_code, ready) == (status, 503)


def test_health_is_as_documented(call):
    assert [call.http.get(path).status_code for path in ("/healthz", "/readyz")] == [200, 200]


def test_no_answer_of_all_these_was_out_of_line(api):
    """Comes after the others of this file, which it judges."""
    assert api.watch.faults == []


def test_every_documented_status_of_every_call_was_seen(api):
    """Comes after the others of this file, which bring them about."""
    assert sorted(api.watch.documented - api.watch.seen) == []


def test_every_reference_within_the_document_leads_somewhere(api):
    whole = json.dumps(api.watch.document)
    names = api.watch.document["components"]["schemas"]
    for found in re.findall(r'"\$ref": "([^"]*)"', whole):
        assert found.removeprefix("#/components/schemas/") in names


def test_the_document_names_no_other_call_than_these(api):
    described = {(method, path) for method, path, _ in api.watch.documented}
    assert described - set(SENDABLE) == {("get", "/healthz"), ("get", "/readyz")}
