"""API keys against who guesses, steals, or shows one from elsewhere."""

import asyncio
import math
from collections import Counter
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.burst import Bursts
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain import api_key
from pingpilot_app.domain.api_key import Scope, hash_api_key, is_well_formed, new_api_key
from pingpilot_app.domain.errors import Conflict, Invalid, NotFound
from pingpilot_app.domain.network import NETWORKS_MAX, is_within, parse_networks
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage import account_removal, api_keys
from pingpilot_app.storage.api_keys import KEYS_MAX, FreshKey, list_api_keys
from pingpilot_app.storage.tables import api_keys as table
from tests.conftest import tenant_on

PATH = "/api/v1/event"
BUG = {"category": "bug"}


def client_from(instance, address: str) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(create_api(instance), client=(address, 1))
    return httpx.AsyncClient(transport=transport, base_url="http://test")


async def post_from(instance, tenant, address: str, **headers: str) -> httpx.Response:
    async with client_from(instance, address) as client:
        return await client.post(PATH, json=BUG, headers=tenant.headers | headers)


async def allow(instance, tenant, text: str) -> None:
    here = tenant.account_id, tenant.key_id, parse_networks(text), datetime.now(UTC)
    await instance.writer.run(tenant.account_id, api_keys.set_networks, *here)


def test_a_key_holds_190_bits_of_a_uniform_alphabet():
    secrets = [new_api_key()[3:35] for _ in range(4_000)]
    counts = Counter("".join(secrets))
    expected = 4_000 * 32 / 62
    chi_squared = sum((counts[digit] - expected) ** 2 / expected for digit in counts)
    assert 32 * math.log2(len(counts)) > 190
    assert chi_squared < 130  # 61 degrees of freedom: by chance once in two million runs


@given(st.text() | st.from_regex(r"pk_[^\x00-\x7f]{38}", fullmatch=True) | st.binary().map(repr))
def test_whatever_is_shown_instead_of_a_key_is_refused_and_raises_nothing(text):
    assert not is_well_formed(text)


@pytest.mark.parametrize("end", ["\n", " ", "\x00", "0"])
def test_nothing_may_follow_a_key(end):
    assert not is_well_formed(new_api_key() + end)


async def test_what_is_no_key_by_its_form_is_never_looked_up(client, tenant, instance):
    asked = []
    read, instance.database.read = instance.database.read, None

    async def noted(query, *args, **kwargs):
        asked.append(query)
        return await read(query, *args, **kwargs)

    instance.database.read = noted
    key = new_api_key()
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    for shown in ("", "pk_", "pk_" + "a" * 38, wrong, "pk_" + "é" * 38):
        headers = [(b"Authorization", f"Bearer {shown}".encode())]
        assert (await client.post(PATH, json=BUG, headers=headers)).status_code == 401
    assert asked == []


async def test_the_database_holds_the_hmac_alone(tenant, instance, data_dir):
    row = await instance.database.read(lambda c: c.execute(select(table)).mappings().one())
    assert row["hash"] == hash_api_key(tenant.key, instance.pepper)
    assert len(row["hash"]) == 32
    assert row["shown"] == tenant.key[:11]
    for file in data_dir.glob("pingpilot.db*"):
        assert tenant.key[11:].encode() not in file.read_bytes()


async def test_a_key_of_another_instance_is_worth_nothing(tenant, instance):
    stolen = await instance.database.read(
        api_keys.find_key, hash_api_key(tenant.key, b"another instance's secret, 32 bytes long")
    )
    assert stolen is None


async def test_digests_are_compared_in_constant_time(tenant, instance, monkeypatch):
    compared = []
    compare = api_key.hmac.compare_digest

    def noted(one, other):
        compared.append((type(one), type(other)))
        return compare(one, other)

    monkeypatch.setattr(api_key.hmac, "compare_digest", noted)
    await instance.authorizer.authorize(tenant.key, Scope.EVENTS_WRITE)
    assert compared == [(bytes, bytes)] * 2  # the checksum, and the stored hash


@pytest.mark.parametrize(
    ("allowed", "address"),
    [
        ("192.0.2.0/24", "192.0.2.200"),
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8::/32", "2001:db8:1::9"),
        ("10.0.0.0/8 192.0.2.0/24", "192.0.2.1"),
        ("192.0.2.0/24", "::ffff:192.0.2.1"),
        ("::ffff:192.0.2.0/120", "192.0.2.1"),
    ],
)
async def test_a_key_works_from_its_networks(tenant, instance, allowed, address):
    await allow(instance, tenant, allowed)
    assert (await post_from(instance, tenant, address)).status_code == 200


@pytest.mark.parametrize("address", ["192.0.3.1", "192.0.2.1", "2001:db8::1", "::1", "unknown"])
async def test_a_key_from_elsewhere_is_refused_with_a_sentence(tenant, instance, address):
    await allow(instance, tenant, "198.51.100.0/24 2001:db8:1::/48")
    refused = await post_from(instance, tenant, address)
    assert refused.status_code == 403
    assert f"may not be used from {address}. " in refused.json()["message"]
    assert "198.51.100" not in refused.text  # a thief need not know where to go


async def test_who_is_not_trusted_cannot_say_where_they_are(tenant, instance):
    await allow(instance, tenant, "192.0.2.7")
    for header in ("192.0.2.7", "192.0.2.7, 192.0.2.7", "for=192.0.2.7"):
        refused = await post_from(instance, tenant, "203.0.113.9", **{"X-Forwarded-For": header})
        assert refused.status_code == 403


async def test_behind_a_proxy_the_proxys_word_counts(make_settings):
    instance = Instance(make_settings(trusted_proxy_hops=1))
    await instance.start()
    tenant = await tenant_on(instance)
    await allow(instance, tenant, "192.0.2.7")

    async def status(*lines: str) -> int:
        headers = [(b"X-Forwarded-For", line.encode()) for line in lines]
        headers.append((b"Authorization", f"Bearer {tenant.key}".encode()))
        async with client_from(instance, "10.0.0.1") as client:
            return (await client.post(PATH, json=BUG, headers=headers)).status_code

    assert await status("192.0.2.7") == 200
    assert await status("203.0.113.9, 192.0.2.7") == 200
    assert await status("192.0.2.7, 203.0.113.9") == 403
    # A proxy that adds a line of its own, as HAProxy does, instead of going on with the client's.
    assert await status("192.0.2.7", "203.0.113.9") == 403
    await instance.stop()


async def test_networks_are_taken_off_again(tenant, instance):
    await allow(instance, tenant, "192.0.2.7")
    assert (await post_from(instance, tenant, "203.0.113.9")).status_code == 403
    await allow(instance, tenant, "")
    assert (await post_from(instance, tenant, "203.0.113.9")).status_code == 200


async def test_an_empty_list_in_the_database_lets_nobody_in(tenant, instance):
    def empty(connection):
        connection.execute(update(table).values(networks=[]))

    await instance.writer.run(tenant.account_id, empty)
    assert (await post_from(instance, tenant, "203.0.113.9")).status_code == 403


async def test_a_key_in_the_place_of_another_keeps_its_networks(tenant, instance):
    await allow(instance, tenant, "192.0.2.7")
    key = new_api_key()
    fresh = FreshKey(key, hash_api_key(key, instance.pepper))
    here = tenant.account_id, tenant.key_id, fresh, datetime.now(UTC)
    await instance.writer.run(
        tenant.account_id, api_keys.rotate_api_key, *here, overlap=timedelta(0)
    )
    entry = await instance.authorizer.authorize(key, Scope.EVENTS_WRITE, lambda: "192.0.2.7")
    assert entry.networks == (ip_network("192.0.2.7"),)


async def test_anothers_key_is_not_limited(tenant, open_tenant, instance):
    bob = await open_tenant("bob@example.org")
    here = bob.account_id, tenant.key_id, parse_networks("192.0.2.7"), datetime.now(UTC)
    with pytest.raises(NotFound):
        await instance.writer.run(bob.account_id, api_keys.set_networks, *here)
    assert (await post_from(instance, tenant, "203.0.113.9")).status_code == 200


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("office", "neither an address"),
        ("192.0.2.7/24", "192.0.2.0/24 for the whole network"),
        ("192.0.2.0/33", "neither an address"),
        ("0.0.0.0/0", "leave the list empty"),
        ("::/0", "leave the list empty"),
        ("fe80::1%eth0", "names an interface"),
        ("x" * 5_000, "x…"),
        (" ".join(f"192.0.2.{n}" for n in range(NETWORKS_MAX + 1)), "at most 20"),
    ],
)
def test_a_network_that_cannot_be_meant_is_told(text, told):
    with pytest.raises(Invalid) as refusal:
        parse_networks(text)
    assert told in refusal.value.message
    assert [problem.path for problem in refusal.value.problems] == ["networks"]


def test_networks_are_kept_once_each():
    assert len(parse_networks("192.0.2.7, 192.0.2.7/32\n::ffff:192.0.2.7")) == 1


@given(st.text(max_size=200))
def test_any_list_of_networks_is_parsed_or_refused(text):
    try:
        networks = parse_networks(text)
    except Invalid:
        return
    assert not is_within("unknown", networks)


async def test_a_key_without_the_scope_uses_up_its_own_bucket(instance, open_tenant):
    """Otherwise such a key could ask for ever, and each time be judged for nothing."""
    tenant = await open_tenant(scopes=(Scope.EVENTS_READ,), plan=Plan.FREE)
    instance.authorizer.bursts = Bursts(0, 1.0, lambda: 0.0)
    async with client_from(instance, "192.0.2.1") as client:
        posts = [client.post(PATH, json=BUG, headers=tenant.headers) for _ in range(330)]
        answers = [answer.status_code for answer in await asyncio.gather(*posts)]
    assert set(answers) == {403, 429}


async def test_a_key_made_for_a_removed_account_is_dead_from_the_start(tenant, instance):
    """A browser of the account may be believed for another second."""
    now, key = datetime.now(UTC), new_api_key()
    await instance.writer.run(
        tenant.account_id, account_removal.begin_removal, tenant.account_id, now
    )
    digest = hash_api_key(key, instance.pepper)
    here = tenant.account_id, "late", key, digest, [Scope.EVENTS_WRITE], now
    await instance.writer.run(tenant.account_id, api_keys.add_api_key, *here)
    assert (
        await post_from(instance, tenant, "::1", Authorization=f"Bearer {key}")
    ).status_code == 401


async def test_an_account_has_no_more_keys_than_can_be_watched_over(tenant, instance):
    now = datetime.now(UTC)

    def fill(connection):
        for number in range(KEYS_MAX):
            digest = number.to_bytes(32, "big")
            api_keys.add_api_key(
                connection, tenant.account_id, "x", "pk_", digest, [Scope.EVENTS_READ], now
            )

    with pytest.raises(Conflict, match="500 keys"):
        await instance.writer.run(tenant.account_id, fill)


async def test_a_time_of_last_use_never_goes_back(tenant, instance):
    late = datetime.now(UTC)
    for at in (late, late - timedelta(hours=1)):
        await instance.writer.run(None, api_keys.store_last_use, {tenant.key_id: at})
    found = await instance.database.read(list_api_keys, tenant.account_id)
    assert found[0].last_used_at == late


async def test_a_refused_key_was_not_used(tenant, instance):
    await allow(instance, tenant, "192.0.2.7")
    await post_from(instance, tenant, "203.0.113.9")
    assert instance.cache.last_uses == {}


async def test_uses_are_not_lost_while_the_database_cannot_be_written(tenant, instance):
    now = datetime.now(UTC)
    instance.cache.last_uses[tenant.key_id] = now
    instance.writer._queue_max = 0
    await instance.watch.flush()
    assert instance.cache.last_uses == {tenant.key_id: now}
