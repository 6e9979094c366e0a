"""What was taken back ends at once in this process, and within a second in every other."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from click.testing import CliRunner

from benchmarks.server import prepare, running
from pingpilot_app.__main__ import main
from pingpilot_app.delivery import watch
from pingpilot_app.domain.api_key import Scope, hash_api_key, new_api_key
from pingpilot_app.domain.errors import Forbidden, Unauthorized
from pingpilot_app.domain.network import parse_networks
from pingpilot_app.storage import account_removal, api_keys
from pingpilot_app.storage.api_keys import FreshKey
from pingpilot_app.storage.database import Database

PROMISE = 1.0  # seconds
BUSY = 2.0  # seconds more for a machine that has other things to do


@pytest.fixture(scope="module")
def server(tmp_path_factory, free_ports) -> Iterator[tuple[str, dict[str, str], list[str]]]:
    """A server process, the environment of commands on its data, and keys of five accounts."""
    folder, port = tmp_path_factory.mktemp("revocation"), free_ports()
    keys = prepare(folder, count=5)
    environment = {"DATA_DIR": str(folder), "PORT": str(port), "SANDBOX": "off"}
    url = f"http://127.0.0.1:{port}"
    with running("pingpilot_app", f"{url}/readyz", "api", **environment):
        yield url, environment, keys


def status(url: str, key: str) -> int:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(f"{url}/api/v1/quota", headers=headers).status_code


def command(environment: dict[str, str], *arguments: str) -> str:
    result = CliRunner().invoke(main, arguments, env=environment)
    assert result.exit_code == 0, result.output
    return result.output.strip()


def seconds_until(url: str, key: str, wanted: int) -> float:
    """Return how long the server took to answer `wanted`, asked all the time."""
    began = time.monotonic()
    while status(url, key) != wanted:
        assert time.monotonic() - began < PROMISE + BUSY
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("number", "arguments", "wanted"),
    [
        (0, ("key", "revoke", "bench0@example.org", "KEY"), 401),
        (1, ("key", "rotate", "bench1@example.org", "KEY", "--overlap", "0s"), 401),
        (2, ("key", "allow", "bench2@example.org", "KEY", "192.0.2.7"), 403),
        (3, ("account", "delete", "bench3@example.org", "--yes"), 401),
    ],
)
def test_a_running_server_follows_another_process(server, number, arguments, wanted):
    url, environment, keys = server
    key = keys[number]
    assert status(url, key) == 200  # and is kept in memory from now on
    command(environment, *(key[:11] if word == "KEY" else word for word in arguments))
    assert seconds_until(url, key, wanted) < PROMISE + BUSY


def test_a_key_that_another_process_makes_works_at_once(server):
    url, environment, _ = server
    key = command(environment, *("key", "create", "bench4@example.org", "ci"))
    headers = {"Authorization": f"Bearer {key}"}
    answer = httpx.post(f"{url}/api/v1/event", json={"category": "bug"}, headers=headers)
    assert answer.status_code == 200


def test_the_promise_holds_by_its_parts():
    assert watch.INTERVAL + watch.LATE < PROMISE


async def works(instance, key: str) -> bool:
    try:
        await instance.authorizer.authorize(key, Scope.EVENTS_READ)
    except (Unauthorized, Forbidden):
        return False
    return True


async def test_in_this_process_a_revoked_key_ends_at_once(instance, tenant):
    assert await works(instance, tenant.key)
    here = tenant.account_id, tenant.key_id, datetime.now(UTC)
    await instance.writer.run(tenant.account_id, api_keys.revoke_api_key, *here)
    assert not await works(instance, tenant.key)


async def test_in_this_process_a_replaced_key_ends_at_once(instance, tenant):
    assert await works(instance, tenant.key)
    key = new_api_key()
    fresh = FreshKey(key, hash_api_key(key, instance.pepper))
    here = tenant.account_id, tenant.key_id, fresh, datetime.now(UTC)
    run = instance.writer.run
    await run(tenant.account_id, api_keys.rotate_api_key, *here, overlap=timedelta(0))
    assert not await works(instance, tenant.key)
    assert await works(instance, key)


async def test_in_this_process_networks_hold_at_once(instance, tenant):
    assert await works(instance, tenant.key)
    here = tenant.account_id, tenant.key_id, parse_networks("192.0.2.7"), datetime.now(UTC)
    await instance.writer.run(tenant.account_id, api_keys.set_networks, *here)
    assert not await works(instance, tenant.key)


async def test_in_this_process_the_keys_of_a_removed_account_end_at_once(instance, tenant):
    assert await works(instance, tenant.key)
    here = tenant.account_id, datetime.now(UTC)
    await instance.writer.run(tenant.account_id, account_removal.begin_removal, *here)
    assert not await works(instance, tenant.key)


async def test_a_revocation_that_meets_a_read_is_not_overwritten_by_it(instance, tenant):
    """The read began before the key was revoked and must not put it back into memory."""
    instance.cache.drop_all()
    digest = hash_api_key(tenant.key, instance.pepper)
    reading = asyncio.ensure_future(instance.cache.key(digest))
    await asyncio.sleep(0)
    here = tenant.account_id, tenant.key_id, datetime.now(UTC)
    await instance.writer.run(tenant.account_id, api_keys.revoke_api_key, *here)
    await reading
    assert not await works(instance, tenant.key)


async def test_a_lock_that_another_process_holds_keeps_no_revoked_key_alive(instance, tenant):
    await instance.watch.look()
    assert await works(instance, tenant.key)
    other = Database(instance.settings.database)
    with other.transaction() as connection:
        api_keys.revoke_api_key(connection, tenant.account_id, tenant.key_id, datetime.now(UTC))
    with other.transaction():  # a long import, say: our own writer has to wait for it
        began = time.monotonic()
        await instance.watch.look_in_time()
        assert time.monotonic() - began < PROMISE
        assert not await works(instance, tenant.key)
    other.close()


async def test_a_full_queue_keeps_no_revoked_key_alive(instance, tenant):
    await instance.watch.look()
    assert await works(instance, tenant.key)
    other = Database(instance.settings.database)
    with other.transaction() as connection:
        api_keys.revoke_api_key(connection, tenant.account_id, tenant.key_id, datetime.now(UTC))
    other.close()
    instance.writer._queue_max = 0
    await instance.watch.look_in_time()
    assert not await works(instance, tenant.key)


async def test_dropping_one_account_keeps_the_keys_of_others(instance, tenant, open_tenant):
    bob = await open_tenant("bob@example.org")
    digests = [hash_api_key(one.key, instance.pepper) for one in (tenant, bob)]
    for digest in digests:
        await instance.cache.key(digest)
    instance.cache.drop(tenant.account_id)
    assert [instance.cache.known_key(digest) is not None for digest in digests] == [False, True]
