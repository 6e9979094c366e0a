"""Members' copies, end to end: beside the account's deliveries, never in their way."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import delete, insert, select, update

from pingpilot_app.delivery import verification
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.domain.role import Role
from pingpilot_app.domain.severity import Severity
from pingpilot_app.storage.categories import add_category, list_categories
from pingpilot_app.storage.copies import list_copies
from pingpilot_app.storage.destinations import get_destination, set_address, set_enabled
from pingpilot_app.storage.own_destinations import Wishes, make_own, set_wishes
from pingpilot_app.storage.quota import used
from pingpilot_app.storage.replays import Failures, count_failures
from pingpilot_app.storage.statistics import channel_health
from pingpilot_app.storage.tables import deliveries, memberships, notices, users
from pingpilot_app.storage.users import add_user
from pingpilot_app.ui.unsubscribe import unsubscribe_app
from tests.conftest import tenant_on

BOB, EVE = "223456789012345678", "323456789012345678"
FOREVER = 99


@dataclass
class Member:
    """Somebody in the tenant's account, with their own destinations."""

    instance: object
    account_id: str
    user_id: str

    async def run(self, query, *args, **kwargs):
        return await self.instance.writer.run(self.account_id, query, *args, **kwargs)

    async def link(self, channel, address):
        await self.run(make_own, self.account_id, self.user_id, datetime.now(UTC))
        where = self.account_id, channel, datetime.now(UTC)
        given = {"label": address, "address": address, "verified": True, "user_id": self.user_id}
        await self.run(set_address, *where, **given)
        await self.switch(channel, on=True)

    async def switch(self, channel, *, on):
        what = self.account_id, channel, on, datetime.now(UTC)
        await self.run(set_enabled, *what, user_id=self.user_id)

    async def wants(self, *categories, severities=None):
        known = await self.instance.database.read(list_categories, self.account_id)
        ids = frozenset(one.id for one in known if one.name in categories) if categories else None
        await self.run(set_wishes, self.account_id, self.user_id, Wishes(ids, severities))

    async def becomes(self, role):
        mine = memberships.c.user_id == self.user_id
        change = update(memberships).where(mine).values(role=role) if role else None
        gone = delete(memberships).where(mine)
        await self.run(lambda c: c.execute(change if role else gone) and None)


@pytest.fixture
def join(instance, tenant):
    """Adds a member to the tenant's account."""

    async def join(email, role=Role.MEMBER):
        def add(connection):
            now = datetime.now(UTC)
            user_id = add_user(connection, email, None, now)
            row = {"account_id": tenant.account_id, "user_id": user_id, "role": role}
            connection.execute(insert(memberships).values(**row, created_at=now))
            return user_id

        user_id = await instance.writer.run(tenant.account_id, add)
        return Member(instance, tenant.account_id, user_id)

    return join


@pytest.fixture
async def bob(join):
    """A member with a Discord of his own."""
    bob = await join("bob@example.org")
    await bob.link(Channel.DISCORD, BOB)
    return bob


@pytest.fixture
def copies(instance, tenant, eventually):
    """Waits until all copies of an event are final and returns them."""

    async def copies(event_id, count):
        async def look():
            found = await instance.database.read(list_copies, tenant.account_id, event_id)
            done = [one for one in found if one.status is not DeliveryStatus.PENDING]
            return done if len(done) == len(found) == count else None

        return await eventually(look, tenant.account_id) if count else await look()

    return copies


def got(instance, address, channel=Channel.DISCORD):
    """Return how many messages came to an address."""
    return sum(one.to == address for one in instance.sandbox.inbox.received(channel))


async def test_each_member_gets_what_they_ticked(
    instance, tenant, bob, join, send, settled, copies
):
    add = tenant.account_id, add_category, tenant.account_id, "sale", 1, "💰", datetime.now(UTC)
    await instance.writer.run(*add)
    eve = await join("eve@example.org")
    await eve.link(Channel.DISCORD, EVE)
    await eve.link(Channel.EMAIL, "eve@example.org")
    await bob.wants("bug")
    await eve.wants("sale")

    bug, sale = await send(category="bug"), await send(category="sale")

    assert [one.name for one in await copies(bug, 1)] == ["bob"]
    assert [one.channel for one in await copies(sale, 2)] == [Channel.DISCORD, Channel.EMAIL]
    assert (await settled(bug))["status"] == (await settled(sale))["status"] == "DELIVERED"
    assert (got(instance, BOB), got(instance, EVE)) == (1, 1)
    assert got(instance, "eve@example.org", Channel.EMAIL) == 1


async def test_severities_are_read_from_the_fields(instance, bob, send, copies):
    await bob.wants(severities=frozenset({Severity.CRITICAL, Severity.NONE}))
    for fields, count in (({"level": "FATAL"}, 1), ({"level": "warn"}, 0), ({}, 1)):
        await copies(await send(fields=fields), count)
    assert got(instance, BOB) == 2


async def test_the_api_shows_the_accounts_deliveries_alone(bob, send, settled, copies):
    event_id = await send()
    await copies(event_id, 1)
    found = await settled(event_id)
    assert [one["channel"] for one in found["deliveries"]] == ["discord", "telegram", "email"]


async def test_the_quota_counts_the_event_once(instance, tenant, bob, send, copies):
    await copies(await send(), 1)
    month = f"{datetime.now(UTC):%Y-%m}"
    assert await instance.database.read(used, tenant.account_id, month) == 1


class TestRefused:
    """Bob's Discord refuses what goes to him, for good or for a while."""

    @pytest.fixture(autouse=True)
    async def refuse(self, instance, bob, tenant):
        # The account's own Discord is off, so that it is Bob's messages that are refused.
        off = tenant.account_id, Channel.DISCORD, False, datetime.now(UTC)
        await instance.writer.run(tenant.account_id, set_enabled, *off)
        instance.sandbox.fail(Channel.DISCORD, "code:50007", FOREVER)

    async def test_the_event_is_delivered_all_the_same(
        self, instance, tenant, client, send, settled, copies
    ):
        headers = tenant.headers | {"prefer": "wait=10"}
        body = {"category": "bug"}
        answer = (await client.post("/api/v1/event", json=body, headers=headers)).json()
        [copy] = await copies(answer["eventId"], 1)
        assert (copy.status, answer["deliveryStatus"]) == (DeliveryStatus.FAILED, "DELIVERED")
        assert (await settled(answer["eventId"]))["status"] == "DELIVERED"

    async def test_neither_figures_nor_replays_know_of_it(
        self, instance, tenant, client, send, copies
    ):
        event_id = await send()
        await copies(event_id, 1)
        now = datetime.now(UTC)
        failures = Failures(tenant.account_id, now - timedelta(hours=1), now)
        count = await instance.database.read(count_failures, failures)
        assert (count.deliveries, count.held) == (0, 0)
        health = await instance.database.read(channel_health, tenant.account_id, now - timedelta(1))
        assert sum(one.failed for one in health) == 0
        path = f"/api/v1/events/{event_id}/replay"
        assert (await client.post(path, headers=tenant.headers)).status_code == 409
        chosen = await client.post(path, headers=tenant.headers, json={"channels": ["discord"]})
        assert chosen.status_code == 422  # the account's own is off

    async def test_only_its_owner_is_told_and_it_is_left_alone(
        self, instance, tenant, bob, send, copies, eventually
    ):
        await copies(await send(), 1)
        own = await instance.database.read(
            get_destination, tenant.account_id, Channel.DISCORD, bob.user_id
        )
        assert own.broken_at is not None
        assert await copies(await send(), 0) == []

        async def told():
            instance.bus.publish(tenant.account_id)
            mails = instance.sandbox.inbox.received(Channel.EMAIL)
            return [one for one in mails if "Your own Discord" in one.payload["text"]]

        assert [one.to for one in await eventually(told, tenant.account_id)] == ["bob@example.org"]
        query = select(notices.c.user_id)
        everyone = await instance.database.read(lambda c: c.execute(query).scalars().all())
        assert everyone == [bob.user_id]


@pytest.mark.parametrize("role", [Role.VIEWER, None])
async def test_who_may_not_any_more_gets_nothing(instance, bob, send, settled, role):
    await bob.becomes(role)
    await settled(await send())
    assert got(instance, BOB) == 0


async def test_a_copy_refuses_no_request_and_allows_none(tenant, client, instance, bob):
    for channel in Channel:
        off = tenant.account_id, channel, False, datetime.now(UTC)
        await instance.writer.run(tenant.account_id, set_enabled, *off)
    body = {"category": "bug"}
    refused = await client.post("/api/v1/event", json=body, headers=tenant.headers)
    assert refused.status_code == 403
    assert got(instance, BOB) == 0


class TestWithWaits:
    """A retry comes a moment later."""

    @pytest.fixture
    def policy(self):
        return {"schedule": RetrySchedule((1, 1))}

    @pytest.mark.parametrize("way", ["viewer", "removed", "deleted"])
    async def test_what_waits_is_not_sent_to_who_may_not_any_more(
        self, instance, tenant, bob, send, eventually, way
    ):
        off = tenant.account_id, Channel.DISCORD, False, datetime.now(UTC)
        await instance.writer.run(tenant.account_id, set_enabled, *off)
        instance.sandbox.fail(Channel.DISCORD, "code:500", 1)
        event_id = await send()

        async def tried():
            found = await instance.database.read(list_copies, tenant.account_id, event_id)
            return any(one.error for one in found)

        await eventually(tried, tenant.account_id)
        if way == "deleted":
            gone = delete(users).where(users.c.id == bob.user_id)
            await instance.writer.run(tenant.account_id, lambda c: c.execute(gone) and None)
        else:
            await bob.becomes(Role.VIEWER if way == "viewer" else None)

        async def ended():
            instance.bus.publish(tenant.account_id)
            return not await instance.database.read(_pending, event_id)

        await eventually(ended, tenant.account_id)
        assert got(instance, BOB) == 0


def _pending(connection, event_id):
    query = select(deliveries.c.id).where(
        deliveries.c.event_id == event_id, deliveries.c.status == DeliveryStatus.PENDING
    )
    return connection.execute(query).scalars().all()


async def test_the_link_in_a_mail_stops_ones_own_alone(instance, tenant, join, send, copies):
    eve = await join("eve@example.org")
    await eve.link(Channel.EMAIL, "eve@example.org")
    await copies(await send(), 1)
    mails = instance.sandbox.inbox.received(Channel.EMAIL)
    [mail] = [one for one in mails if one.to == "eve@example.org"]
    headers = dict(mail.payload["headers"])
    path = headers["List-Unsubscribe"].strip("<>").partition("/unsubscribe/")[2]
    transport = httpx.ASGITransport(unsubscribe_app(instance))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as browser:
        answer = await browser.post(f"/unsubscribe/{path}")
    assert "Your own copies by email are switched off" in answer.text
    read = instance.database.read
    assert not (await read(get_destination, eve.account_id, Channel.EMAIL, eve.user_id)).enabled
    assert (await read(get_destination, eve.account_id, Channel.EMAIL)).enabled


# Proofs are for whom they were made


async def begin(instance, account_id, user_id):
    what = account_id, Channel.DISCORD, BOB, instance.pepper
    run = instance.writer.run
    _, code = await run(account_id, verification.begin_code, *what, user_id=user_id)
    return code


async def confirm(instance, account_id, user_id, code):
    what = account_id, Channel.DISCORD, code, instance.pepper
    return await instance.writer.run(account_id, verification.confirm_code, *what, user_id=user_id)


async def test_a_members_code_proves_nothing_for_others(instance, tenant, bob, join):
    eve = await join("eve@example.org")
    await eve.link(Channel.DISCORD, EVE)
    code = await begin(instance, tenant.account_id, bob.user_id)
    await begin(instance, tenant.account_id, eve.user_id)  # at Bob's address
    assert not await confirm(instance, tenant.account_id, None, code)
    assert await confirm(instance, tenant.account_id, bob.user_id, code)
    hers = await instance.database.read(
        get_destination, tenant.account_id, Channel.DISCORD, eve.user_id
    )
    assert not hers.ready
    ours = await instance.database.read(get_destination, tenant.account_id, Channel.DISCORD)
    assert ours.address != BOB


async def test_a_start_link_links_whose_it_is(instance, tenant, bob):
    what = tenant.account_id, "@bob_builder", instance.pepper
    run, user_id = instance.writer.run, bob.user_id
    token = await run(tenant.account_id, verification.begin_link, *what, user_id=user_id)
    before = await instance.database.read(get_destination, tenant.account_id, Channel.TELEGRAM)
    finish = token, "bob_builder", "777", instance.pepper
    await run(tenant.account_id, verification.finish_link, *finish)
    with pytest.raises(Invalid):
        await run(tenant.account_id, verification.finish_link, *finish)
    own = await instance.database.read(
        get_destination, tenant.account_id, Channel.TELEGRAM, user_id
    )
    assert (own.ready, own.address) == (True, "777")
    after = await instance.database.read(get_destination, tenant.account_id, Channel.TELEGRAM)
    assert after == before


async def test_another_accounts_events_are_not_copied(instance, bob, send, copies):
    other = await tenant_on(instance, "charlie@example.org", Plan.UNLIMITED)
    await send(of=other)
    await copies(await send(), 1)
    assert got(instance, BOB) == 1
