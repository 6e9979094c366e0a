"""The feed of several people: who is on what, what is new to whom, who watches."""

import time
from typing import Any

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.response import Responder, Whose
from pingpilot_app.ui.access import endpoint_of
from pingpilot_app.ui.guard import refusal
from pingpilot_app.ui.pages.feed import FeedState
from pingpilot_app.ui.pages.feed.reading import COUNTED, PAGE
from pingpilot_app.ui.pages.feed.visit import AWAY, watching
from pingpilot_app.ui.rows import ClaimRow
from pingpilot_app.ui.session import session_of
from tests.security.desk import full_name
from tests.ui.conftest import Person, leads_to, says, send_event
from tests.ui.test_feed import prepare, send_many, shown, told

ACTS = ("claim", "let_go", "resolve")


async def act(state: FeedState, name: str, event_id: str) -> Any:
    """Press a row's button."""
    return await FeedState.event_handlers[name].fn(state, event_id)


def on(state: FeedState) -> list[ClaimRow]:
    """Return who is on the newest event, as the browser is told."""
    return state._rows()[0].claims


async def test_a_claim_is_shown_to_everybody(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")
    hers, his = await shown(alice), await shown(bob)

    await act(his, "claim", event_id)
    await hers._show()

    assert on(hers) == on(his) == [ClaimRow("bob", "B", his.me, False, "")]
    assert hers.me not in ("", his.me)


async def test_a_claim_can_be_released_and_taken_over(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")
    hers, his = await shown(alice), await shown(bob)
    await act(his, "claim", event_id)

    await act(hers, "claim", event_id)
    assert on(hers)[0].user_id == hers.me

    await act(hers, "let_go", event_id)
    assert on(hers) == []


async def test_what_is_resolved_says_so_and_refuses_a_claim(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")
    hers, his = await shown(alice), await shown(bob)

    await act(his, "resolve", event_id)
    answer = await act(hers, "claim", event_id)

    assert says(answer, "bob has resolved this. Reopen it first.")
    await hers._show()
    assert on(hers) == [ClaimRow("bob", "B", his.me, True, "")]


@pytest.mark.parametrize("name", ACTS)
async def test_an_outsider_reaches_no_event_of_others(
    instance: Instance, alice: Person, charlie: Person, name: str
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")

    answer = await act(await shown(charlie), name, event_id)

    assert says(answer, "There is no event with this id")
    assert on(await shown(alice)) == []


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("event_id", ["", "evt_1", "evt_" + "X" * 26, f"evt_{'0' * 26}\n"])
async def test_what_is_no_id_does_nothing(alice: Person, name: str, event_id: str) -> None:
    assert await act(await shown(alice), name, event_id) is None


@pytest.mark.parametrize("name", ACTS)
async def test_who_may_only_look_is_refused_and_a_member_is_not(
    vera: Person, bob: Person, name: str
) -> None:
    endpoint = endpoint_of(full_name(FeedState, name))
    assert endpoint is not None

    told = [refusal(endpoint.access, await session_of(one.cookie)) for one in (vera, bob)]

    assert says(told[0], "Only owners, admins and members of this account may do this.")
    assert told[1] is None


@pytest.mark.parametrize("name", ["watch", "hold", "choose_whose", "see", "jump"])
async def test_who_may_only_look_can_do_that(vera: Person, name: str) -> None:
    endpoint = endpoint_of(full_name(FeedState, name))
    assert endpoint is not None
    assert refusal(endpoint.access, await session_of(vera.cookie)) is None


async def test_mine_differs_from_person_to_person(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    hers = await send_event(instance, alice, "bug", "Alice is on it")
    his = await send_event(instance, alice, "bug", "Bob is on it")
    await send_event(instance, alice, "bug", "Nobody is")
    await act(await shown(alice), "claim", hers)
    await act(await shown(bob), "claim", his)

    assert told(await shown(alice, "/feed?whose=mine")) == ["Alice is on it"]
    assert told(await shown(bob, "/feed?whose=Mine")) == ["Bob is on it"]
    assert told(await shown(bob, "/feed?whose=unclaimed")) == ["Nobody is"]


async def test_whose_is_chosen_and_put_into_the_address(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug", "done")
    await send_event(instance, alice, "bug", "not done")
    state = await shown(alice)
    await act(state, "resolve", event_id)

    answer = await FeedState.choose_whose.fn(state, Whose.RESOLVED.value)

    assert leads_to(answer, "/feed?whose=resolved")
    assert told(state) == ["done"]
    assert await FeedState.choose_whose.fn(state, "theirs") is None
    assert state.whose == "resolved"


async def test_a_claim_that_is_unknown_is_left_out_and_told(alice: Person) -> None:
    assert "There is no claim “theirs” here" in (await shown(alice, "/feed?whose=theirs")).note


async def test_a_claim_sends_its_block_alone(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, PAGE)
    state = await shown(alice)
    event_id = state._rows()[20].id
    state._clean()

    await act(state, "claim", event_id)

    sent: Any = next(iter(state.get_delta().values()))
    assert sum(name.startswith("block_") for name in sent) == 1
    assert not [name for name in sent if name.startswith(("order", "faces", "categories"))]


# What is new to whom


async def look(person: Person, path: str = "/feed") -> FeedState:
    """Return the feed of a browser whose page is in sight."""
    state = await shown(person, path)
    await FeedState.see.fn(state)
    return state


def go_away(state: FeedState) -> None:
    """Let nobody have seen the page for longer than a visit goes on without."""
    state._seen, state._there = False, time.monotonic() - AWAY - 1


async def test_the_line_is_where_they_had_read_on_whatever_device(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    await look(bob)
    await send_event(instance, alice, "bug", "new")

    elsewhere = await look(bob)

    assert (elsewhere.line, elsewhere.away) == (read, 1)
    assert (await look(bob)).away == 0  # the other device follows
    assert (await look(alice)).line == ""  # who never looked has read nothing and missed nothing


async def test_the_line_stays_for_the_visit(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    await look(alice)
    await send_event(instance, alice, "bug", "new")
    state = await look(alice)
    await send_event(instance, alice, "bug", "newer")

    await state._show()
    assert (state.line, state.away, told(state)) == (read, 1, ["newer", "new", "read"])

    state._begin()  # as where a lost connection comes back
    await FeedState.enter.fn(state)
    assert (state.line, state.away) == (read, 1)


async def test_who_comes_back_is_told_how_many_came(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    state = await look(alice)
    await FeedState.look_away.fn(state)
    go_away(state)
    await send_many(instance, alice, 3)
    await state._show()  # in a tab behind another

    await FeedState.see.fn(state)

    assert (state.line, state.away) == (read, 3)


async def test_what_a_tab_in_the_background_shows_is_not_read(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    state = await look(alice)
    await FeedState.look_away.fn(state)
    await send_event(instance, alice, "bug", "new")
    await state._show()

    assert (await shown(alice)).line == read


@pytest.mark.parametrize("how", ["paused", "held", "filtered"])
async def test_what_is_not_shown_is_not_read(instance: Instance, alice: Person, how: str) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    state = await look(alice)
    stop = {
        "paused": lambda: FeedState.pause.fn(state),
        "held": lambda: FeedState.hold.fn(state),
        "filtered": lambda: FeedState.choose_category.fn(state, "sale"),
    }
    await stop[how]()
    await send_event(instance, alice, "bug", "between")
    if how == "filtered":
        await send_event(instance, alice, "sale", "all that is shown")
    await state._show()

    assert (await shown(alice)).line == read


async def test_the_button_shows_all_down_to_the_line(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    await look(alice)
    await send_many(instance, alice, 2 * PAGE)
    state = await look(alice)
    assert (state.line, state.away, len(told(state))) == ("", 2 * PAGE, PAGE)

    await FeedState.jump.fn(state)

    assert (state.line, state.away, told(state)[-1]) == (read, 0, "read")


async def test_loading_older_events_finds_the_line_too(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    await look(alice)
    await send_many(instance, alice, PAGE)
    state = await look(alice)

    await FeedState.load_older.fn(state)

    assert state.line == read


async def test_what_came_is_no_longer_told_when_dismissed(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    read = await send_event(instance, alice, "bug", "read")
    await look(alice)
    await send_event(instance, alice, "bug", "new")
    state = await look(alice)

    await FeedState.dismiss.fn(state)
    await state._show()

    assert (state.line, state.away) == (read, 0)


async def test_it_is_counted_up_to_a_thousand(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "read")
    await look(alice)
    await send_many(instance, alice, COUNTED + 50)

    assert (await look(alice)).away == COUNTED


# Who watches


async def test_who_else_watches_is_told_and_never_outsiders(
    instance: Instance, alice: Person, bob: Person, charlie: Person
) -> None:
    his, strangers = await session_of(bob.cookie), await session_of(charlie.cookie)
    assert his is not None
    assert strangers is not None
    state = await shown(alice)
    assert (state.company, state.faces) == ("", [])

    with state._while_open(his), state._while_open(strangers):
        await state._show()
        assert (state.company, state.everybody) == ("bob is watching", "bob")
        assert [face.initial for face in state.faces] == ["B"]
        assert (await shown(bob)).company == ""  # nobody but himself


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([], ""),
        (["Ann"], "Ann is watching"),
        (["Ann", "Ben"], "Ann and Ben are watching"),
        (["Ann", "Ben", "Cid"], "Ann and 2 more are watching"),
    ],
)
def test_the_sentence_names_the_first(names: list[str], sentence: str) -> None:
    assert watching(names) == sentence


async def test_many_faces_are_few(instance: Instance, alice: Person) -> None:
    session = await session_of(alice.cookie)
    assert session is not None
    state = await shown(alice)
    for number in range(5):
        who = Responder(f"Person {number}", f"usr_{number}")
        instance.presence.watching(alice.account_id, who).__enter__()

    await state._show()

    assert (len(state.faces), state.company) == (3, "Person 0 and 4 more are watching")
