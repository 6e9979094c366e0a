"""Who is mentioned is told: once, by the best way there is, and nobody else is."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import delete, insert, select

from pingpilot_app.delivery import responses
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.role import Role
from pingpilot_app.storage import claims, export
from pingpilot_app.storage.tables import claims as claim_table
from pingpilot_app.storage.tables import (
    comments,
    destinations,
    events,
    memberships,
    notices,
    users,
)
from pingpilot_app.storage.users import add_user

ADA = "ada@example.org"  # the tenant's owner


@pytest.fixture
def add(instance, tenant):
    """Adds a member to the tenant's account, and returns the user id."""

    async def add(email, role=Role.MEMBER, *, proven=True):
        now = datetime.now(UTC)

        def write(connection):
            user_id = add_user(connection, email, None, now, proven=proven)
            place = {"account_id": tenant.account_id, "user_id": user_id, "role": role}
            connection.execute(insert(memberships).values(**place, created_at=now))
            return user_id

        return await instance.writer.run(None, write)

    return add


@pytest.fixture
async def event(instance, tenant, client):
    """The instance, the account and one event of it."""
    answer = await client.post("/api/v1/event", json={"category": "bug"}, headers=tenant.headers)
    return instance, tenant.account_id, answer.json()["eventId"]


@pytest.fixture
def told(instance, tenant, eventually):
    """Waits until all are told; returns (user, channel) of each notice."""

    async def told():
        async def look():
            query = select(notices).where(notices.c.kind == "mention").order_by(notices.c.id)
            rows = await instance.database.read(lambda c: c.execute(query).all())
            instance.bus.publish(tenant.account_id)  # a notice wakes nobody: look again
            return (rows,) if all(row.told_at for row in rows) else None

        (rows,) = await eventually(look, tenant.account_id)
        return [(row.user_id, row.told_by) for row in rows]

    return told


async def own(instance, account_id, user_id, channel, **different):
    """Give a member a destination of their own that works."""
    now = datetime.now(UTC)
    row = {
        "id": f"dst_{user_id}_{channel}",
        "account_id": account_id,
        "user_id": user_id,
        "channel": channel,
        "enabled": True,
        "label": "own",
        "address": "987654321098765432" if channel is Channel.DISCORD else "4711",
        "verified_at": now,
        "state": {},
        "updated_at": now,
    }
    query = insert(destinations).values(row | different)
    await instance.writer.run(None, lambda c: c.execute(query) and None)


def letters(instance, address):
    """Return what the sandbox mailed to an address about mentions."""
    found = [one for one in instance.sandbox.inbox.received(Channel.EMAIL) if one.to == address]
    return [one.payload for one in found if "mention" in one.payload["subject"]]


async def test_a_member_is_mailed_at_the_address_they_sign_in_with(instance, event, add, told):
    ben = await add("ben@example.org")
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "Look, @ben: <b>\n2nd")
    assert await told() == [(ben, Channel.EMAIL)]
    (letter,) = letters(instance, "ben@example.org")
    assert "Ann mentions you on 🐛 bug: Look, @ben: <b>" in letter["text"]
    assert f"{instance.settings.public_url}/events/{event[2]}" in letter["text"]
    assert "List-Unsubscribe" not in str(letter["headers"])


async def test_a_viewer_can_be_mentioned(event, add, told):
    vera = await add("vera@example.org", Role.VIEWER)
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@vera, do you see it?")
    assert await told() == [(vera, Channel.EMAIL)]


async def test_ones_own_destination_is_asked_first(instance, event, add, told):
    ben = await add("ben@example.org")
    await own(instance, event[1], ben, Channel.DISCORD)
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben")
    assert await told() == [(ben, Channel.DISCORD)]
    assert letters(instance, "ben@example.org") == []
    shown = str(instance.sandbox.inbox.received(Channel.DISCORD)[-1].payload)
    assert "Ann mentions you" in shown
    assert f"/events/{event[2]}" in shown


@pytest.mark.parametrize(
    "trouble",
    [
        {"enabled": False},
        {"verified_at": None},
        {"broken_at": datetime.now(UTC), "broken_failure": Failure.BROKEN, "broken_reason": "x"},
    ],
)
async def test_a_destination_that_does_not_work_is_left_out(instance, event, add, told, trouble):
    ben = await add("ben@example.org")
    await own(instance, event[1], ben, Channel.DISCORD, **trouble)
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben")
    assert await told() == [(ben, Channel.EMAIL)]


async def test_anothers_destination_is_not_used(instance, event, add, told):
    ben, eve = await add("ben@example.org"), await add("eve@example.org")
    await own(instance, event[1], eve, Channel.DISCORD)
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben")
    assert await told() == [(ben, Channel.EMAIL)]


async def test_an_address_that_nobody_proved_is_not_written_to(instance, event, add, told):
    ben = await add("ben@example.org", proven=False)
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben")
    assert await told() == [(ben, None)]
    assert letters(instance, "ben@example.org") == []


async def test_a_note_tells_too_and_each_saying_once(event, add, told):
    ben = await add("ben@example.org")
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben @Ben, @ben!")
    await responses.resolve_event(*event, Responder("Ann", "usr_ann"), "Thanks, @ben")
    assert await told() == [(ben, Channel.EMAIL)] * 2


async def test_nobody_is_told_of_themselves_and_nobody_else_is_told(
    instance, event, add, open_tenant, told
):
    ben = await add("ben@example.org")
    await open_tenant("charlie@example.org")
    said = "@ben @charlie ada@ben.example"
    await responses.comment_on_event(*event, Responder("ben", ben), said)
    assert await told() == []


async def test_who_has_left_is_not_told(instance, event, add, told):
    ben = await add("ben@example.org")
    here = memberships.c.user_id == ben

    def say_and_leave(connection):
        who, now = Responder("Ann", "usr_ann"), datetime.now(UTC)
        claims.add_comment(connection, event[1], event[2], who, "@ben", now)
        connection.execute(delete(memberships).where(here))

    await instance.writer.run(None, say_and_leave)
    instance.notifier.wake()
    assert await told() == [(ben, None)]
    assert letters(instance, "ben@example.org") == []


async def test_nothing_of_it_counts_in_the_quota(event, add, told, client, tenant):
    await add("ben@example.org")
    await responses.claim_event(*event, Responder("Ann", "usr_ann"))
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "@ben")
    await told()
    quota = (await client.get("/api/v1/quota", headers=tenant.headers)).json()
    assert quota["eventsUsed"] == 1


async def test_the_export_has_claims_and_comments(instance, event):
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "Seen.")
    await responses.resolve_event(*event, Responder("Ben", "usr_ben"), "Mended.")
    (found,) = await instance.database.read(export.events_after, event[1], "", 10)
    assert (found["claim"]["name"], found["claim"]["note"]) == ("Ben", "Mended.")
    said = [(one["name"], one["kind"], one["text"]) for one in found["comments"]]
    assert said == [("Ann", "comment", "Seen."), ("Ben", "resolved", "Mended.")]


async def test_who_is_deleted_keeps_their_name_in_what_they_did(instance, event, add):
    ben = await add("ben@example.org")
    await responses.claim_event(*event, Responder("Ben", ben))
    await responses.comment_on_event(*event, Responder("Ben", ben), "I saw it.")

    def remove(connection):
        connection.execute(delete(memberships).where(memberships.c.user_id == ben))
        connection.execute(delete(users).where(users.c.id == ben))

    await instance.writer.run(None, remove)
    said = await instance.database.read(claims.list_comments, event[1], event[2])
    has = await instance.database.read(claims.claims_of, event[1], [event[2]])
    assert {one.name for one in said} == {"Ben"}
    assert has[event[2]].name == "Ben"


async def test_claims_and_comments_go_with_their_event(instance, event, eventually):
    await responses.claim_event(*event, Responder("Ann", "usr_ann"))
    await responses.comment_on_event(*event, Responder("Ann", "usr_ann"), "Seen.")
    await instance.writer.run(None, lambda c: c.execute(delete(events)) and None)
    for table in (claim_table, comments):
        assert await instance.database.read(lambda c, t=table: c.execute(select(t)).all()) == []
