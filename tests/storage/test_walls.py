"""Links for a screen on a wall."""

from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.domain.errors import Conflict, NotFound
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.domain.wall import WallLook
from pingpilot_app.storage import walls
from pingpilot_app.storage.account_removal import begin_removal
from pingpilot_app.storage.categories import delete_category, find_category
from pingpilot_app.storage.claims import claim
from pingpilot_app.storage.walls import (
    WALLS_MAX,
    add_wall,
    events_on,
    find_wall,
    list_walls,
    mark_shown,
    revoke_wall,
)

NOW = datetime(2026, 3, 6, 10, 30, tzinfo=UTC)
SECRET = hash_token("secret")


def made(database, tenant, look=None, token_hash=SECRET):
    with database.transaction() as connection:
        return add_wall(
            connection,
            tenant.account_id,
            token_hash,
            "Kitchen",
            look or WallLook(),
            created_by="ada@example.org",
            now=NOW,
        )


def in_transaction(database, act, *args):
    with database.transaction() as connection:
        return act(connection, *args)


async def test_a_wall_is_found_as_it_was_made(instance, tenant):
    look = WallLook("cat_1", EventStatus.FAILED, "db", frozenset({"email", "IP"}))
    wall_id = made(instance.database, tenant, look)
    found = await instance.database.read(find_wall, SECRET)
    assert (found.id, found.account_id, found.look) == (wall_id, tenant.account_id, look)
    assert await instance.database.read(list_walls, tenant.account_id) == [found]


async def test_all_fields_hidden_is_not_none_hidden(instance, tenant):
    made(instance.database, tenant, WallLook(hidden=None))
    assert (await instance.database.read(find_wall, SECRET)).look.hidden is None


async def test_a_revoked_wall_is_found_no_more_and_revoked_once(instance, tenant):
    wall_id = made(instance.database, tenant)
    in_transaction(instance.database, revoke_wall, tenant.account_id, wall_id, NOW)
    assert await instance.database.read(find_wall, SECRET) is None
    assert await instance.database.read(list_walls, tenant.account_id) == []
    with pytest.raises(NotFound):
        in_transaction(instance.database, revoke_wall, tenant.account_id, wall_id, NOW)


async def test_another_account_revokes_and_lists_nothing(instance, tenant, open_tenant):
    other = await open_tenant("eve@example.org")
    wall_id = made(instance.database, tenant)
    with pytest.raises(NotFound):
        in_transaction(instance.database, revoke_wall, other.account_id, wall_id, NOW)
    assert await instance.database.read(list_walls, other.account_id) == []
    assert await instance.database.read(find_wall, SECRET) is not None


async def test_a_wall_goes_dark_with_its_account(instance, tenant):
    made(instance.database, tenant)
    in_transaction(instance.database, begin_removal, tenant.account_id, NOW)
    assert await instance.database.read(find_wall, SECRET) is None


async def test_when_it_was_shown_is_written_every_few_minutes_at_most(instance, tenant):
    wall_id = made(instance.database, tenant)
    for minutes, seen in ((0, 0), (4, 0), (6, 6)):
        moment = NOW + timedelta(minutes=minutes)
        in_transaction(instance.database, mark_shown, wall_id, moment)
        found = await instance.database.read(find_wall, SECRET)
        assert found.seen_at == NOW + timedelta(minutes=seen)


async def test_an_account_has_not_walls_without_end(instance, tenant):
    for number in range(WALLS_MAX):
        made(instance.database, tenant, token_hash=hash_token(str(number)))
    with pytest.raises(Conflict):
        made(instance.database, tenant)


async def shown(instance, tenant, look):
    made(instance.database, tenant, look, hash_token(repr(look)))
    wall = await instance.database.read(find_wall, hash_token(repr(look)))
    found = await instance.database.read(walls.events_on, wall, 10)
    return [event.description for event, _ in found]


async def test_it_shows_what_its_filters_let_through(instance, tenant, client):
    for description in ("The database is slow", "Something else"):
        body = {"category": "bug", "description": description}
        await client.post("/api/v1/event", json=body, headers=tenant.headers)
    category = await instance.database.read(find_category, tenant.account_id, "bug")
    both = ["Something else", "The database is slow"]
    assert await shown(instance, tenant, WallLook()) == both
    assert await shown(instance, tenant, WallLook(category.id)) == both
    assert await shown(instance, tenant, WallLook(text="database")) == both[1:]
    assert await shown(instance, tenant, WallLook(status=EventStatus.DELIVERED)) == []


async def test_a_wall_of_a_deleted_category_does_not_become_one_of_everything(
    instance, tenant, client
):
    category = await instance.database.read(find_category, tenant.account_id, "bug")
    await client.post("/api/v1/categories", json={"name": "x", "color": "#112233"}, **of(tenant))
    await client.post("/api/v1/event", json={"category": "x"}, **of(tenant))
    in_transaction(instance.database, delete_category, tenant.account_id, "bug")
    assert await shown(instance, tenant, WallLook(category.id)) == []


def of(tenant):
    return {"headers": tenant.headers}


async def test_it_shows_who_is_on_it(instance, tenant, client):
    answer = await client.post("/api/v1/event", json={"category": "bug"}, **of(tenant))
    event_id, who = answer.json()["eventId"], Responder("Ann", "usr_1")
    in_transaction(instance.database, claim, tenant.account_id, event_id, who, NOW)
    made(instance.database, tenant)
    wall = await instance.database.read(find_wall, SECRET)
    [(_, claimed)] = await instance.database.read(events_on, wall, 10)
    assert claimed.name == "Ann"
