"""What streams are handed: all of it, once, in order, within bounds."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete, insert, update

from pingpilot_app.api.stream_route import _render
from pingpilot_app.delivery.stream import Streams
from pingpilot_app.delivery.stream_hub import QUEUE, Pass
from pingpilot_app.domain.api_key import hash_api_key
from pingpilot_app.domain.errors import Gone, LimitReached, Unavailable
from pingpilot_app.domain.response import Responder
from pingpilot_app.storage.account_removal import begin_removal
from pingpilot_app.storage.changes import (
    KEPT,
    delete_changes,
    note_changes,
    number_at,
    overdue_changes,
)
from pingpilot_app.storage.claims import claim
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.events import EventView
from pingpilot_app.storage.tables import api_keys, changes, events

DAY = timedelta(days=1)


class Renders:
    """Renders an event as its id, and counts how often."""

    def __init__(self):
        self.count = 0

    def __call__(self, view: EventView) -> bytes:
        self.count += 1
        return json.dumps(view.id).encode()


@pytest.fixture
def renders():
    return Renders()


@pytest.fixture
def streams(instance, renders):
    return Streams(instance, renders)


def shown_by(instance, tenant):
    return Pass(hash_api_key(tenant.key, instance.pepper), "127.0.0.1")


@pytest.fixture
async def open_stream(instance, streams, tenant):
    """Opens streams of a tenant, and closes them in the end."""
    opened = []

    async def open_stream(after=None, of=tenant, among=streams):
        opened.append(await among.open(of.account_id, shown_by(instance, of), after))
        if after is None:
            assert await opened[-1].next(silence=0) == b""  # it reads along now
        return opened[-1]

    yield open_stream
    for one in opened:
        one.close()


@pytest.fixture
def send(client, tenant):
    """Posts events and returns their ids."""

    async def send(count=1, **body) -> list[str]:
        given = {"category": "bug"} | body
        post = client.post
        return [
            (await post("/api/v1/event", json=given, headers=tenant.headers)).json()["eventId"]
            for _ in range(count)
        ]

    return send


@pytest.fixture
def change_key(instance, tenant):
    """Changes the tenant's key in the database, as the pages do."""

    async def change_key(**values):
        here = update(api_keys).where(api_keys.c.id == tenant.key_id).values(values)
        await instance.writer.run(tenant.account_id, lambda c: c.execute(here))

    return change_key


@pytest.fixture
def write(instance, tenant):
    """Runs a statement or query function in the writer, and wakes who watches."""

    async def write(query, *args):
        return await instance.writer.run(tenant.account_id, query, *args)

    return write


def messages(part: bytes) -> list[tuple[int, str, str]]:
    """Return (number, kind, event id) of each message."""
    found = []
    for message in part.decode().split("\n\n")[:-1]:
        fields = dict(line.split(": ", 1) for line in message.split("\n"))
        found.append((int(fields["id"]), fields["event"], json.loads(fields["data"])))
    return found


async def take(one, count: int) -> list[tuple[int, str, str]]:
    """Return the next messages of a stream, at least so many."""
    found = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += messages(await one.next())
    return found


async def ids(one, count: int) -> list[str]:
    return [event_id for _, _, event_id in await take(one, count)]


async def seconds_until_over(one) -> float:
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(10):
        while await one.next() is not None:
            pass
    return asyncio.get_running_loop().time() - began


async def test_events_come_in_order_and_once(open_stream, send):
    one = await open_stream()
    sent = await send(30)
    found = await take(one, 30)
    numbers = [number for number, _, _ in found]
    assert [event_id for _, _, event_id in found] == sent
    assert numbers == sorted(set(numbers))
    assert {kind for _, kind, _ in found} == {"event.created"}


async def test_without_an_id_the_past_is_left_out(open_stream, send):
    await send(3)
    one = await open_stream()
    new = await send()
    assert await ids(one, 1) == new


async def test_with_an_id_the_stream_goes_on_behind_it(open_stream, send):
    first = await open_stream()
    sent = await send(250)
    found = await take(first, 250)
    assert [event_id for _, _, event_id in found] == sent
    again = await open_stream(found[99][0])
    assert await take(again, 150) == found[100:]
    new = await send()
    assert await ids(again, 1) == new


async def test_an_event_is_rendered_once_for_all_streams(open_stream, send, renders):
    several = [await open_stream() for _ in range(25)]
    sent = await send(5)
    assert [await ids(one, 5) for one in several] == [sent] * 25
    assert renders.count == 5


async def test_who_is_slow_holds_little_and_misses_nothing(open_stream, send):
    slow, quick = await open_stream(), await open_stream()
    sent = []
    for _ in range(3 * QUEUE):  # each is a page of its own for who reads along
        sent += await send()
        await take(quick, 1)
        assert len(slow._queue) <= QUEUE
    assert await ids(slow, len(sent)) == sent
    sent = await send()
    assert await ids(slow, 1) == sent


async def test_a_page_is_bounded_in_bytes(instance, open_stream, send):
    one = await open_stream()
    place = one.position
    await send(30, fields={f"f{n}": "x" * 6_000 for n in range(8)})
    late = await open_stream(place, among=Streams(instance, _render))
    parts = []
    while sum(part.count(b"event: event.created") for part in parts) < 30:
        parts.append(await late.next())
    assert max(len(part) for part in parts) < 128 * 1024


async def test_a_claim_is_told(tenant, open_stream, send, write):
    one = await open_stream()
    (event_id,) = await send()
    await take(one, 1)
    await write(claim, tenant.account_id, event_id, Responder("Ada"), datetime.now(UTC))
    ((_, kind, found),) = await take(one, 1)
    assert (kind, found) == ("event.updated", event_id)


async def test_changes_in_a_row_come_as_one(tenant, open_stream, send, write):
    one = await open_stream()
    (event_id,) = await send()
    await take(one, 1)
    await write(note_changes, [(tenant.account_id, event_id)] * 7)
    await send()
    assert [kind for _, kind, _ in await take(one, 2)] == ["event.updated", "event.created"]


async def test_that_an_event_is_new_is_told_beside_its_changes(tenant, open_stream, send, write):
    place = (await open_stream()).position
    (event_id,) = await send()
    await write(note_changes, [(tenant.account_id, event_id)] * 3)
    late = await open_stream(place)
    assert [kind for _, kind, _ in await take(late, 2)] == ["event.created", "event.updated"]


async def test_an_event_that_is_gone_is_left_out(open_stream, send, write):
    place = (await open_stream()).position
    gone, *kept = await send(3)
    await write(lambda c: c.execute(delete(events).where(events.c.id == gone)))
    assert await ids(await open_stream(place), 2) == kept


async def test_accounts_do_not_see_each_other(open_tenant, open_stream, send):
    theirs = await open_stream(of=await open_tenant("bob@example.org"))
    one = await open_stream()
    await send()
    await take(one, 1)
    assert await theirs.next(silence=0.1) == b""


async def test_the_hub_ends_with_its_last_stream(streams, open_stream, instance, tenant):
    one, other = await open_stream(), await open_stream()
    one.close()
    assert streams.count == 1
    other.close()
    await asyncio.gather(one._hub._task, return_exceptions=True)
    assert (streams.count, streams._hubs) == (0, {})
    assert tenant.account_id not in instance.bus._watchers


async def test_a_hub_that_ended_is_followed_by_another(open_stream, send):
    (await open_stream()).close()
    one = await open_stream()
    sent = await send()
    assert await ids(one, 1) == sent


async def test_a_revoked_key_ends_its_streams(open_stream, change_key):
    one = await open_stream()
    await change_key(revoked_at=datetime.now(UTC))
    assert await seconds_until_over(one) < 1


async def test_a_key_that_expires_ends_its_streams(open_stream, change_key):
    one = await open_stream()
    await change_key(expires_at=datetime.now(UTC) + timedelta(seconds=0.3))
    assert 0.1 < await seconds_until_over(one) < 1.3


async def test_a_key_for_other_networks_ends_its_streams(open_stream, change_key):
    one = await open_stream()
    await change_key(networks=["10.0.0.0/8"])
    assert await seconds_until_over(one) < 1


async def test_streams_of_another_key_go_on(instance, tenant, open_stream, open_tenant, send):
    bob = await open_tenant("bob@example.org")
    streams = Streams(instance, Renders())
    one = await open_stream(among=streams)
    # A key of another account stands for one that will not do.
    other = await streams.open(tenant.account_id, shown_by(instance, bob), None)
    await instance.writer.run(
        bob.account_id, lambda c: c.execute(delete(api_keys).where(api_keys.c.id == bob.key_id))
    )
    sent = await send()
    assert await seconds_until_over(other) < 1
    assert await ids(one, 1) == sent
    other.close()


async def test_streams_end_with_the_instance(instance, open_stream):
    one = await open_stream()
    instance.closing.set()
    assert await seconds_until_over(one) < 1
    with pytest.raises(Unavailable):
        await open_stream()


async def test_an_account_has_a_limit(instance, open_stream):
    few = Streams(instance, Renders(), per_account=1)
    await open_stream(among=few)
    with pytest.raises(LimitReached):
        await open_stream(among=few)


async def test_a_process_has_a_limit(instance, open_stream, open_tenant):
    few = Streams(instance, Renders(), per_process=1)
    await open_stream(among=few)
    with pytest.raises(Unavailable):
        await open_stream(of=await open_tenant("bob@example.org"), among=few)


async def test_a_database_in_trouble_is_asked_again(instance, open_stream, send, tmp_path):
    one = await open_stream()
    await ids(one, len(await send()))
    broken = Database(f"sqlite:///{tmp_path / 'new.db'}")
    good, instance.database.read_engine = instance.database.read_engine, broken.read_engine
    sent = await send()
    assert await one.next(silence=0.2) == b""
    instance.database.read_engine = good
    assert await ids(one, 1) == sent
    broken.close()


def old(number_of_days: float) -> int:
    return number_at(datetime.now(UTC) - DAY * number_of_days)


@pytest.fixture
def log(tenant, write):
    """Writes changes of some days ago."""

    async def log(*days: float) -> list[int]:
        numbers = [old(some) for some in days]
        given = {"account_id": tenant.account_id, "event_id": "evt_x", "created": True}
        rows = [given | {"number": number} for number in numbers]
        await write(lambda c: c.execute(insert(changes), rows))
        return numbers

    return log


async def test_what_is_older_than_the_log_is_gone(open_stream, log):
    await log(KEPT.days + 1, 1)
    with pytest.raises(Gone):
        await open_stream(old(KEPT.days + 2))


async def test_what_never_was_given_is_gone(open_stream):
    with pytest.raises(Gone):
        await open_stream(old(-1))


async def test_of_an_empty_log_nothing_is_gone(open_stream):
    await open_stream(0)


def delete_overdue(connection, now: datetime) -> int:
    found = overdue_changes(connection, now)
    return sum(delete_changes(connection, account_id, before, 9) for account_id, before in found)


async def test_of_the_old_the_newest_stays(open_stream, log, write):
    _, last_old, new = await log(KEPT.days + 2, KEPT.days + 1, 1)
    now = datetime.now(UTC)
    assert await write(delete_overdue, now) == 1
    assert await write(delete_overdue, now) == 0
    stream = await open_stream(last_old)  # who saw it last has missed nothing
    assert stream.position == last_old < new


async def test_a_removed_accounts_log_goes(log, write, tenant):
    await log(3, 2, 1)
    await write(begin_removal, tenant.account_id, datetime.now(UTC))
    assert await write(delete_overdue, datetime.now(UTC)) == 2
