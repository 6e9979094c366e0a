"""The command palette: the own categories and keys, and where typed text leads."""

from datetime import UTC, datetime

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.ui.pages.keys import KeysState
from pingpilot_app.ui.palette import TYPED_MAX, PaletteState, path_of
from tests.ui.conftest import Person, leads_to, state_of

EVENT = "evt_01k0000000000000000000000a"


async def make_key(person: Person, name: str) -> KeysState:
    state = state_of(KeysState, person.cookie)
    await KeysState.create.fn(state, {"name": name, "events:write": "on"})
    return state


async def opened(person: Person) -> PaletteState:
    state = state_of(PaletteState, person.cookie)
    await PaletteState.load.fn(state)
    return state


async def test_it_finds_the_own_categories_and_keys(instance: Instance, alice: Person) -> None:
    await instance.writer.run(
        alice.account_id, add_quick_start, alice.account_id, datetime.now(UTC)
    )
    await make_key(alice, "Web shop")

    palette = await opened(alice)

    assert [one.path for one in palette.categories] == [
        "/categories/bug",
        "/categories/question",
        "/categories/sale",
    ]
    assert [key.name for key in palette.keys] == ["Web shop"]


async def test_it_finds_nothing_of_other_accounts(alice: Person, charlie: Person) -> None:
    await make_key(alice, "Web shop")

    palette = await opened(charlie)

    assert (palette.categories, palette.keys) == ([], [])


async def test_it_holds_no_whole_key(alice: Person) -> None:
    made = await make_key(alice, "Web shop")

    palette = await opened(alice)

    assert made.fresh_key not in str(palette.dict())


async def test_a_revoked_key_is_not_offered(alice: Person) -> None:
    made = await make_key(alice, "Web shop")
    await KeysState.ask.fn(made, made.rows[0].id)
    await KeysState.revoke.fn(made)

    assert (await opened(alice)).keys == []


@pytest.mark.parametrize(
    ("typed", "path"),
    [
        (EVENT, f"/events/{EVENT}"),
        (f"  {EVENT.upper()}\n", f"/events/{EVENT}"),
        ("100 % of carts & more", "/feed?q=100%20%25%20of%20carts%20%26%20more"),
        ("evt_1", "/feed?q=evt_1"),
        ("   ", ""),
        (None, ""),
        ({"q": 1}, ""),
    ],
)
def test_typed_text_leads_to_an_event_or_to_the_events_that_hold_it(
    typed: object, path: str
) -> None:
    assert path_of(typed) == path


def test_no_more_is_searched_for_than_fits_into_an_address() -> None:
    assert path_of("x" * 5_000) == "/feed?q=" + "x" * TYPED_MAX


async def test_following_leads_there(alice: Person) -> None:
    answer = await PaletteState.follow.fn(state_of(PaletteState, alice.cookie), EVENT)

    assert leads_to(answer, f"/events/{EVENT}")
