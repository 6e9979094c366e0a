"""What nobody claims in time is told to the next one in line."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from pingpilot_app.delivery import responses
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.escalation import Step
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.claims import list_comments
from pingpilot_app.storage.escalations import escalate_due, next_due, responders_of, set_escalation
from pingpilot_app.storage.tables import destinations, memberships, notices
from pingpilot_app.storage.users import add_user
from tests.delivery.conftest import Ahead

BEN_CHAT = "777000777"


@pytest.fixture
async def team(instance, tenant):
    """Ben, who has Telegram of his own, and Vera, who only looks; by name."""
    now = datetime.now(UTC)

    def add(connection):
        ids = {}
        for name, role in (("ben", Role.MEMBER), ("cleo", Role.ADMIN), ("vera", Role.VIEWER)):
            ids[name] = add_user(connection, f"{name}@example.org", None, now)
            place = {"account_id": tenant.account_id, "user_id": ids[name]}
            connection.execute(insert(memberships).values(**place, role=role, created_at=now))
        own = {"id": "dst_ben", "account_id": tenant.account_id, "user_id": ids["ben"]}
        to = {"channel": Channel.TELEGRAM, "label": "@ben", "address": BEN_CHAT, "enabled": True}
        rest = {"verified_at": now, "sandboxed": True, "state": {}, "updated_at": now}
        connection.execute(insert(destinations).values(**own, **to, **rest))
        return ids

    return await instance.writer.run(tenant.account_id, add)


@pytest.fixture
def clock():
    """A clock that can be set ahead."""
    return Ahead()


@pytest.fixture
def after(instance, tenant, clock):
    """Sets the clock to so many minutes from the start and escalates what is due then."""

    async def after(minutes: float) -> None:
        clock.ahead = timedelta(minutes=minutes, seconds=1)
        for account_id in await instance.writer.run(None, escalate_due, clock()):
            assert account_id == tenant.account_id
        instance.worker.wake()

    return after


@pytest.fixture
def line(instance, tenant):
    """Sets who is told, one after the other."""

    async def line(*steps: Step) -> None:
        run = instance.writer.run
        await run(tenant.account_id, set_escalation, tenant.account_id, "bug", steps)

    return line


async def told(instance, tenant, event_id):
    """Return what the conversation says of escalation."""
    found = await instance.database.read(list_comments, tenant.account_id, event_id)
    return [one.text for one in found if one.kind.value == "escalated"]


async def arrives(instance, eventually, tenant, count=1):
    """Wait until Ben's own chat has so many messages."""

    async def look():
        received = instance.sandbox.inbox.received(Channel.TELEGRAM)
        return len([one for one in received if one.to == BEN_CHAT]) == count

    await eventually(look, tenant.account_id)


async def test_who_is_first_in_line_gets_the_event(
    instance, tenant, team, line, after, send, settled, eventually
):
    await line(Step(5, team["ben"]))
    event_id = await send()
    await settled(event_id)
    await after(5)
    await arrives(instance, eventually, tenant)
    assert await told(instance, tenant, event_id) == ["Nobody claimed it for 5 minutes. Told ben."]


async def test_nobody_is_told_before_the_time(instance, tenant, team, line, after, send):
    await line(Step(5, team["ben"]))
    event_id = await send()
    await after(4)
    assert await told(instance, tenant, event_id) == []


async def test_a_claim_ends_it(instance, tenant, team, line, after, send):
    await line(Step(5, team["ben"]))
    event_id = await send()
    await responses.claim_event(instance, tenant.account_id, event_id, Responder("Cleo"))
    await after(60)
    assert await told(instance, tenant, event_id) == []
    assert await instance.database.read(next_due) is None


async def test_the_line_is_followed_to_its_end_and_no_further(
    instance, tenant, team, line, after, send
):
    await line(Step(5, team["ben"]), Step(10, team["cleo"]))
    event_id = await send()
    for minutes in (5, 14, 30, 300):
        await after(minutes)
    assert await told(instance, tenant, event_id) == [
        "Nobody claimed it for 5 minutes. Told ben.",
        "Nobody claimed it for 10 minutes. Told cleo.",
    ]


async def test_a_step_can_tell_everybody_who_may_respond(instance, tenant, team, line, after, send):
    await line(Step(5))
    event_id = await send()
    await after(5)
    (text,) = await told(instance, tenant, event_id)
    assert text == "Nobody claimed it for 5 minutes. Told ada, ben, cleo."


async def test_somebody_without_channels_of_their_own_is_told_by_a_notice(
    instance, tenant, team, line, after, send
):
    await line(Step(5, team["cleo"]))
    event_id = await send(description="The till is stuck")
    await after(5)
    query = select(notices).where(notices.c.user_id == team["cleo"])
    (notice,) = await instance.database.read(lambda c: c.execute(query).all())
    assert event_id in notice.subject
    assert "The till is stuck" in notice.text


async def test_somebody_who_only_looks_is_passed_over(instance, tenant, team, line, after, send):
    await line(Step(5, team["vera"]))
    event_id = await send()
    await after(5)
    assert "nobody" in (await told(instance, tenant, event_id))[0]


async def test_a_copy_that_fails_does_not_fail_the_event(
    instance, tenant, team, line, after, send, settled, eventually
):
    await line(Step(5, team["ben"]))
    event_id = await send()
    assert (await settled(event_id))["status"] == "DELIVERED"
    instance.sandbox.fail(Channel.TELEGRAM, "code:blocked", 1)
    await after(5)
    await told(instance, tenant, event_id)
    assert (await settled(event_id))["status"] == "DELIVERED"


async def test_a_category_without_a_line_escalates_nothing(instance, send):
    await send()
    assert await instance.database.read(next_due) is None


async def test_those_who_may_respond_can_be_named(instance, tenant, team):
    found = await instance.database.read(responders_of, tenant.account_id)
    assert sorted(found.values()) == ["ada", "ben", "cleo"]
