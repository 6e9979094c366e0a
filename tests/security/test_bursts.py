"""Bursts and guessed keys: who is slowed down, and who is not."""

import asyncio
from dataclasses import replace

import httpx
import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.authorizer import Authorizer
from pingpilot_app.delivery.burst import Buckets, Bursts
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.delivery.refusals import FORGOTTEN, WAIT_MAX, Refusals
from pingpilot_app.domain.api_key import Scope, new_api_key
from pingpilot_app.domain.errors import LimitReached, Unauthorized
from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.storage.database import Database

PATH = "/api/v1/event"
BUG = {"category": "bug"}
FREE = LIMITS[Plan.FREE]


class Ticks:
    """A clock in seconds that a test moves on."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def refusal_of(act, *args) -> LimitReached:
    with pytest.raises(LimitReached) as refusal:
        act(*args)
    return refusal.value


def test_a_bucket_lets_a_burst_in_and_refills(ticks):
    buckets = Buckets(ticks)
    assert [buckets.take("a", 3, 0.5) for _ in range(4)] == [0, 0, 0, 2]
    ticks.now += 2
    assert [buckets.take("a", 3, 0.5) for _ in range(2)] == [0, 2]
    ticks.now += 1_000
    assert [buckets.take("a", 3, 0.5) for _ in range(4)] == [0, 0, 0, 2]


def test_a_bucket_that_was_never_used_is_full(ticks):
    assert Buckets(ticks).left("a", 3, 0.5) == 3


def test_waiting_as_long_as_was_told_is_enough(ticks):
    buckets = Buckets(ticks)
    for _ in range(200):
        wait = buckets.take("a", 7, 3.3)
        ticks.now += wait
        if wait:
            assert buckets.take("a", 7, 3.3) == 0


def test_many_names_push_out_who_was_away_for_longest_and_nobody_else(ticks):
    """Forgetting all of them at once would give whoever fills the table a fresh burst."""
    buckets = Buckets(ticks, kept_max=100)
    for _ in range(5):
        buckets.take("flooder", 5, 0.001)
    for number in range(10_000):
        buckets.take(f"other {number}", 5, 0.001)
        if number % 50 == 0:
            assert buckets.take("flooder", 5, 0.001) > 0
    assert len(buckets) == 100


def test_an_accounts_keys_do_not_add_up_at_one_address(ticks):
    bursts = Bursts(300, 30, ticks)
    for number in range(300):
        bursts.take_from("192.0.2.1", "acc_a", FREE)
        bursts.take(f"key_{number}", FREE)
    refusal = refusal_of(bursts.take_from, "192.0.2.1", "acc_a", FREE)
    assert "from your address" in refusal.message
    assert (refusal.retry_after, refusal.limit, refusal.window) == (1, 300, 10)


def test_one_account_uses_up_nothing_of_anothers_at_the_same_address(ticks):
    bursts = Bursts(300, 30, ticks)
    for _ in range(300):
        bursts.take_from("192.0.2.1", "acc_a", FREE)
        bursts.take_as_stranger("192.0.2.1")
    bursts.take_from("192.0.2.1", "acc_b", FREE)


def test_a_plan_that_allows_more_is_kept(ticks):
    bursts, plan = Bursts(10, 1, ticks), LIMITS[Plan.ENTERPRISE]
    for _ in range(5_000):
        bursts.take_from("192.0.2.1", "acc_a", plan)
    assert refusal_of(bursts.take_from, "192.0.2.1", "acc_a", plan).limit == 5_000


@pytest.mark.parametrize("burst", [0, 5])
def test_a_plan_without_limits_has_none(ticks, burst):
    bursts = Bursts(burst, 1, ticks)
    for _ in range(10_000):
        bursts.take("key_a", LIMITS[Plan.UNLIMITED])
        bursts.take_from("192.0.2.1", "acc_a", LIMITS[Plan.UNLIMITED])


def test_the_operator_may_switch_the_limit_of_addresses_off(ticks):
    bursts = Bursts(0, 1, ticks)
    for _ in range(10_000):
        bursts.take_as_stranger("192.0.2.1")
        bursts.take_from("192.0.2.1", "acc_a", FREE)


def test_who_guesses_waits_longer_and_longer(ticks):
    refusals, waits = Refusals(3, ticks), []
    for _ in range(3):
        refusals.note("192.0.2.1")
    for _ in range(9):
        waits.append(refusal_of(refusals.note, "192.0.2.1").retry_after)
        ticks.now += waits[-1]
        refusals.note("192.0.2.1")
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert refusals.wait("192.0.2.2") == 0


def test_who_begins_to_wait_is_logged_once(ticks, caplog):
    refusals = Refusals(3, ticks)
    for _ in range(20):
        refusals.note("192.0.2.1")
        ticks.now += WAIT_MAX
    (line,) = caplog.messages
    assert line == "192.0.2.1 waits now: it made 3 requests without a valid key"


def test_knocking_while_waiting_makes_it_no_longer(ticks):
    refusals = Refusals(1, ticks)
    refusals.note("192.0.2.1")
    for _ in range(100):
        assert refusal_of(refusals.note, "192.0.2.1").retry_after == 1


def test_an_address_that_kept_quiet_begins_anew(ticks):
    refusals = Refusals(2, ticks)
    for _ in range(20):
        refusals.note("192.0.2.1")
        ticks.now += WAIT_MAX
    ticks.now += FORGOTTEN + 1
    refusals.note("192.0.2.1")
    assert refusals.wait("192.0.2.1") == 0


def test_addresses_are_counted_within_bounds(ticks):
    refusals = Refusals(3, ticks, kept_max=100)
    for number in range(10_000):
        refusals.note(f"address {number}")
    assert len(refusals) == 100


@pytest.fixture
async def guarded(instance, ticks):
    """An authorizer of the instance that lets three refusals pass."""
    instance.authorizer = Authorizer(
        instance.cache,
        instance.pepper,
        instance.clock,
        bursts=instance.bursts,
        refusals=Refusals(3, ticks),
    )
    return instance


async def knock(instance, header: str | None = None, address: str = "192.0.2.1"):
    transport = httpx.ASGITransport(create_api(instance), client=(address, 1))
    headers = {} if header is None else {"Authorization": header}
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(PATH, json=BUG, headers=headers)


@pytest.mark.parametrize("header", [None, "Basic abc", "Bearer", "Bearer pk_x", "guess"])
async def test_whoever_has_no_key_is_slowed_down_with_a_sentence(guarded, header):
    for _ in range(3):
        shown = f"Bearer {new_api_key()}" if header == "guess" else header
        assert (await knock(guarded, shown)).status_code == 401
    refused = await knock(guarded, header)
    assert refused.status_code == 429
    assert refused.json()["message"].startswith("Too many requests without a valid key")
    assert refused.headers["Retry-After"] == "1"
    assert refused.headers["RateLimit-Policy"] == '"refused-keys";q=3;w=600'
    assert refused.headers["RateLimit"] == '"refused-keys";r=0;t=1'


async def test_all_of_a_homes_ipv6_addresses_wait_together(guarded):
    for number in range(3):
        await knock(guarded, None, f"2001:db8::{number}")
    assert (await knock(guarded, None, "2001:db8::ffff")).status_code == 429
    assert (await knock(guarded, None, "2001:db8:0:1::1")).status_code == 401


async def exhausted(instance, address: str = "192.0.2.1") -> None:
    for _ in range(4):
        await knock(instance, "Bearer pk_x", address)
    assert (await knock(instance, "Bearer pk_x", address)).status_code == 429


async def test_a_valid_key_is_let_in_beside_a_guesser(guarded, tenant):
    await exhausted(guarded)
    assert (await knock(guarded, f"Bearer {tenant.key}")).status_code == 200


async def test_a_valid_key_is_let_in_beside_a_guesser_though_it_is_not_in_memory(guarded, tenant):
    await exhausted(guarded)
    for _ in range(3):
        guarded.cache.drop_all()  # as after a restart, or when another process wrote
        assert (await knock(guarded, f"Bearer {tenant.key}")).status_code == 200


async def test_guesses_of_who_has_to_wait_cost_no_look_at_the_database(guarded, tenant, ticks):
    await exhausted(guarded)
    asked = []
    read = guarded.database.read

    async def noted(query, *args, **kwargs):
        asked.append(query.__name__)
        return await read(query, *args, **kwargs)

    guarded.database.read = noted
    guarded.cache._monotonic = ticks
    for _ in range(50):
        assert (await knock(guarded, f"Bearer {new_api_key()}")).status_code == 429
    assert asked == ["list_hashes"]


async def test_a_stolen_key_shown_from_elsewhere_slows_its_thief_alone(guarded, tenant):
    entry = await guarded.authorizer.authorize(tenant.key, Scope.EVENTS_WRITE)
    limited = replace(entry, networks=())
    guarded.cache._keys = dict.fromkeys(guarded.cache._keys, limited)
    for _ in range(3):
        assert (await knock(guarded, f"Bearer {tenant.key}", "203.0.113.9")).status_code == 403
    assert (await knock(guarded, f"Bearer {tenant.key}", "203.0.113.9")).status_code == 429
    assert (await knock(guarded, f"Bearer {tenant.key}", "203.0.113.8")).status_code == 403


async def test_a_burst_says_its_limit_in_the_headers(guarded, open_tenant, ticks):
    tenant = await open_tenant(plan=Plan.FREE)
    guarded.authorizer.bursts = Bursts(0, 1.0, ticks)
    for _ in range(FREE.burst):
        guarded.authorizer.bursts.take(tenant.key_id, FREE)
    refused = await knock(guarded, f"Bearer {tenant.key}")
    assert refused.status_code == 429
    assert refused.headers["RateLimit-Policy"] == '"burst";q=300;w=30'
    assert refused.headers["RateLimit"] == '"burst";r=0;t=1'


async def test_every_answer_says_what_is_left(guarded, client, open_tenant, ticks):
    tenant = await open_tenant(plan=Plan.FREE)
    guarded.authorizer.bursts = Bursts(0, 1.0, ticks)
    sent = await client.post(PATH, json=BUG, headers=tenant.headers)
    assert sent.headers["RateLimit-Policy"] == '"burst";q=300;w=30, "month";q=100'
    assert sent.headers["RateLimit"].startswith('"burst";r=299;t=1, "month";r=99;t=')
    read = await client.get("/api/v1/events", headers=tenant.headers)
    assert read.headers["RateLimit"].startswith('"burst";r=298;t=1, "month";r=99;')


async def test_without_limits_nothing_is_said_of_them(client, tenant):
    sent = await client.post(PATH, json=BUG, headers=tenant.headers)
    assert sent.status_code == 200
    assert "RateLimit" not in sent.headers


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs-assets/swagger-ui.css"])
async def test_what_needs_no_key_is_limited_by_address(instance, path):
    instance.bursts = Bursts(3, 1.0)

    async def get(address: str) -> httpx.Response:
        transport = httpx.ASGITransport(create_api(instance), client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get(path)

    assert [(await get("192.0.2.1")).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert (await get("192.0.2.1")).headers["Retry-After"] == "1"
    assert (await get("192.0.2.2")).status_code == 200


async def test_whoever_watches_the_process_is_always_answered(instance, client):
    instance.bursts = Bursts(1, 0.001)
    for path in ("/healthz", "/readyz"):
        answers = [(await client.get(path)).status_code for _ in range(20)]
        assert set(answers) == {200}


async def test_many_who_ask_whether_it_is_ready_cost_one_look(instance, client):
    looks = []
    read = instance.database.read

    async def noted(query, *args, **kwargs):
        looks.append(query)
        return await read(query, *args, **kwargs)

    instance.database.read = noted
    answers = await asyncio.gather(*(client.get("/readyz") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(looks) < 10


async def test_a_database_that_cannot_be_read_is_503(client, tenant, instance, tmp_path):
    (tmp_path / "noise.db").write_bytes(b"noise" * 1_000)
    broken = Database(f"sqlite:///{tmp_path / 'noise.db'}")
    instance.authorizer._cache = Cache(broken)
    answer = await client.post(PATH, json=BUG, headers=tenant.headers)
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 1
    broken.close()


async def test_an_unknown_key_is_told_nothing_more_than_a_revoked_one(instance, tenant):
    with pytest.raises(Unauthorized) as unknown:
        await instance.authorizer.authorize(new_api_key(), Scope.EVENTS_WRITE)
    with pytest.raises(Unauthorized) as malformed:
        await instance.authorizer.authorize("pk_", Scope.EVENTS_WRITE)
    assert unknown.value.message == malformed.value.message == "Invalid API key"


async def test_a_server_slows_guesses_down_by_itself(instance):
    answers = [(await knock(instance, "Bearer pk_x")).status_code for _ in range(31)]
    assert answers == [401] * 30 + [429]
