"""A screen on a wall: what it shows to whoever has its link, and nothing else to anybody."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot_app.delivery.account_removal import remove_account
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.responses import claim_event, resolve_event
from pingpilot_app.domain.audit import Action, Actor
from pingpilot_app.domain.response import Responder
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.domain.wall import WallLook
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.walls import WallView, find_wall, list_walls, revoke_wall
from pingpilot_app.ui.pages.team import WallsState
from pingpilot_app.ui.pages.wall import WallState, reading, state
from tests.security.desk import Desk, open_desk
from tests.ui.conftest import Person, leads_to, says, state_of
from tests.ui.test_exports import send
from tests.ui.test_feed import prepare

FIELDS = {"amount": 3, "Customer Email": "ada@example.net", "host": "db-2"}
WRONG = "not-a-link-of-anybody"


@pytest.fixture
async def hers(instance: Instance, alice: Person) -> Person:
    """Alice, with an event."""
    await prepare(instance, alice)
    await send(instance, alice, {"description": "The shop is down", "fields": FIELDS})
    return alice


async def page_of(person: Person) -> WallsState:
    """Return the section of links as a person sees it."""
    shown = state_of(WallsState, person.cookie)
    await shown._show()
    return shown


async def make(person: Person, **form: str) -> str:
    """Make a link and return its address."""
    shown = await page_of(person)
    await WallsState.create.fn(shown, {"name": "Kitchen"} | form)
    assert shown.errors == {}
    return shown.link.removeprefix("http://localhost:8000")


async def wall_at(instance: Instance, path: str) -> WallView:
    digest = hash_token(reading.token_in(path))
    found = await instance.database.read(find_wall, digest)
    assert found is not None
    return found


async def rows_at(instance: Instance, path: str) -> list[dict[str, Any]]:
    """Return what the wall of a link shows."""
    rows = await reading.rows_of(await wall_at(instance, path))
    return [json.loads(json.dumps(row, default=vars)) for row in rows]


@asynccontextmanager
async def screen_at(path: str) -> AsyncIterator[Desk]:
    """Open the page of a link, which goes on until the link works no more."""
    async with open_desk() as desk, asyncio.TaskGroup() as group:
        task = group.create_task(desk.call(WallState, "show_wall", {}, path=path))
        yield desk
        await task


async def revoke_all(instance: Instance, person: Person) -> None:
    for wall in await instance.database.read(list_walls, person.account_id):
        now = datetime.now(UTC)
        mine = person.account_id
        await instance.writer.run(mine, revoke_wall, mine, wall.id, now)


async def test_a_link_is_shown_once_and_kept_as_its_hash(instance: Instance, hers: Person) -> None:
    shown = await page_of(hers)
    await WallsState.create.fn(shown, {"name": "Kitchen"})
    token = shown.link.rpartition("/")[2]

    assert len(token) == 43  # 256 bits
    assert token not in str(await instance.database.read(list_walls, hers.account_id))
    assert (await page_of(hers)).link == ""
    await WallsState.forget_link.fn(shown)
    assert shown.link == ""


async def test_making_and_revoking_are_written_down(instance: Instance, hers: Person) -> None:
    await make(hers, category="bug", status="FAILED", hide="some", fields="email\n ip ")
    shown = await page_of(hers)
    await WallsState.ask.fn(shown, shown.lines[0].id)
    assert (shown.doomed_name, "go blank" in shown.doomed_text) == ("Kitchen", True)
    assert says(await WallsState.revoke.fn(shown), "Revoked")

    revoked, made = (await instance.database.read(list_entries, hers.account_id))[:2]
    assert (revoked.action, made.action) == (Action.WALL_REVOKED, Action.WALL_CREATED)
    assert made.detail == {"shows": "bug, failed", "hides": "email, ip"}
    assert (await page_of(hers)).lines == []


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"category": "nothing"}, "category"),
        ({"hide": "some"}, "fields"),
        ({"hide": "some", "fields": "\n".join(map(str, range(101)))}, "fields"),
    ],
)
async def test_what_cannot_be_is_refused(
    instance: Instance, hers: Person, form: dict[str, str], field: str
) -> None:
    shown = await page_of(hers)
    await WallsState.create.fn(shown, {"name": "Kitchen"} | form)

    assert (shown.link, list(shown.errors)) == ("", [field])


async def test_names_of_fields_hide_them_though_nothing_was_ticked(
    instance: Instance, hers: Person
) -> None:
    (row,) = await rows_at(instance, await make(hers, hide="none", fields="amount"))

    assert [one["name"] for one in row["fields"]] == ["Customer Email", "host"]


@pytest.mark.parametrize(
    ("form", "names"),
    [
        ({}, ["amount", "Customer Email", "host"]),
        ({"hide": "some", "fields": " customer EMAIL \n\n"}, ["amount", "host"]),
        ({"hide": "all"}, []),
    ],
)
async def test_hidden_fields_do_not_reach_the_screen(
    instance: Instance, hers: Person, form: dict[str, str], names: list[str]
) -> None:
    path = await make(hers, **form)
    async with screen_at(path) as desk:
        told = await desk.hears("The shop is down")
        await revoke_all(instance, hers)

    assert [name for name in FIELDS if name in told] == names
    assert ("ada@example.net" in told) == ("Customer Email" in names)
    for secret in (hers.account_id, hers.email, "deliveries", "attempts", "error"):
        assert secret not in told, secret


async def test_it_says_who_is_on_it(instance: Instance, hers: Person) -> None:
    path = await make(hers)
    [row] = await rows_at(instance, path)
    ann, here = Responder("Ann", "usr_1"), (instance, hers.account_id, row["id"])
    assert row["claim"] == ""

    await claim_event(*here, ann)
    assert [row["claim"] for row in await rows_at(instance, path)] == ["Ann is on it"]
    await resolve_event(*here, ann, "It was the router")
    [row] = await rows_at(instance, path)
    assert (row["claim"], row["resolved"]) == ("Resolved by Ann", True)
    assert "router" not in str(row)


async def test_new_events_come_and_revoking_blanks_the_screen(
    instance: Instance, hers: Person
) -> None:
    async with screen_at(await make(hers)) as desk:
        await desk.hears("The shop is down")
        await send(instance, hers, {"description": "It burns"})
        await desk.hears("It burns")
        await revoke_all(instance, hers)
        await desk.hears("gone_rx_state_")

    last = desk.told.splitlines()[-1]
    assert '"rows_rx_state_"' in last
    assert "The shop is down" not in last
    assert "Kitchen" not in last


async def test_a_deleted_account_blanks_the_screen(
    instance: Instance, hers: Person, charlie: Person
) -> None:
    async with screen_at(await make(hers)) as desk:
        await desk.hears("The shop is down")
        await remove_account(instance, hers.account_id, Actor("an operator"))
        await desk.hears("gone_rx_state_")
    await instance.background.idle()


async def test_links_that_do_not_work_cannot_be_told_apart(
    instance: Instance, hers: Person
) -> None:
    path = await make(hers)
    await revoke_all(instance, hers)
    told = set()
    for one in (path, f"/wall/{WRONG}", "/wall/", f"/wall/{'x' * 5_000}", "/wall/%00"):
        async with screen_at(one) as desk:
            pass
        told.add(desk.told.replace(json.dumps(one)[1:-1], ""))

    assert len(told) == 1
    assert "gone_rx_state_" in told.pop()


async def test_guessing_is_slowed_down_and_stops_no_screen(
    instance: Instance, hers: Person
) -> None:
    token = reading.token_in(await make(hers))
    assert await reading.find(token, "203.0.113.9") is not None
    for _ in range(reading.FREE + 5):
        assert await reading.find(WRONG, "203.0.113.9") is None

    assert reading.pause_before(WRONG, "203.0.113.9") > 10
    assert reading.pause_before(token, "203.0.113.9") == 0  # it is no guess
    assert reading.pause_before(WRONG, "198.51.100.1") == 0


async def test_an_account_has_not_screens_without_end(instance: Instance, hers: Person) -> None:
    wall = await wall_at(instance, await make(hers))
    screens = [state.Screen() for _ in range(state.SCREENS_MAX + 1)]
    *others, last = [screen.has_room(wall) for screen in screens]
    assert (all(others), last) == (True, False)

    screens[0].close()
    assert screens[-1].has_room(wall)
    for screen in screens:
        screen.close()
    assert not state._screens


async def test_when_a_wall_was_shown_is_noted(instance: Instance, hers: Person) -> None:
    async with screen_at(await make(hers)) as desk:
        await desk.hears("The shop is down")
        await send(instance, hers, {"description": "Again"})
        await desk.hears("Again")  # noted between the two
        shown = await page_of(hers)
        await revoke_all(instance, hers)

    assert shown.lines[0].seen != ""


async def test_members_and_viewers_see_no_links(
    instance: Instance, hers: Person, bob: Person, vera: Person, charlie: Person
) -> None:
    await make(hers)
    for person in (bob, vera, charlie):
        shown = await page_of(person)
        assert (shown.lines, shown.allowed) == ([], person is charlie)


async def test_who_may_not_makes_and_revokes_nothing(
    instance: Instance, hers: Person, bob: Person, vera: Person
) -> None:
    await make(hers)
    async with open_desk() as desk:
        for person in (bob, vera):
            form = {"form": {"name": "Mine"}}
            told = await desk.call(WallsState, "create", form, person.cookie)
            assert "Only owners and admins" in told
            told = await desk.call(WallsState, "revoke", {}, person.cookie)
            assert "Only owners and admins" in told

    assert [one.name for one in await instance.database.read(list_walls, hers.account_id)] == [
        "Kitchen"
    ]


async def test_another_account_revokes_nothing(
    instance: Instance, hers: Person, charlie: Person
) -> None:
    path = await make(hers)
    his = await page_of(charlie)
    his.doomed = (await wall_at(instance, path)).id

    assert says(await WallsState.revoke.fn(his), "no such link")
    await wall_at(instance, path)


async def test_without_a_session_no_link_is_made(instance: Instance, hers: Person) -> None:
    assert leads_to(await WallsState.create.fn(state_of(WallsState), {"name": "x"}), "/login")


def test_a_screen_shows_no_field_that_is_hidden_by_any_spelling() -> None:
    look = WallLook(hidden=frozenset({"Straße"}))

    assert look.of_fields({"STRASSE": 1, " straße ": 2, "strasse2": 3}) == {"strasse2": 3}
