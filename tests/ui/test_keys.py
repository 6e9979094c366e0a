"""Keys: made, shown once, replaced, revoked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, is_well_formed
from pingpilot_app.domain.errors import Forbidden, Unauthorized
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.ui.fresh_key import SHOWN
from pingpilot_app.ui.pages.keys import KeysState
from tests.conftest import MakeSettings
from tests.ui.conftest import Person, says, state_of

FORM = {"name": "Web shop", "events:write": "on"}


class Wrist:
    """A clock that a test moves on."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def wrist() -> Wrist:
    """The clock that requests are judged by."""
    return Wrist()


@pytest.fixture
async def instance(make_settings: MakeSettings, wrist: Wrist) -> AsyncIterator[Instance]:
    """An instance that goes by that clock."""
    instance = Instance(make_settings(), clock=wrist)
    await instance.start()
    yield instance
    await instance.stop()


async def is_let_in(instance: Instance, key: str) -> bool:
    """Tell whether a request with this key would be."""
    try:
        await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)
    except Unauthorized:
        return False
    return True


async def rotated(person: Person, overlap: str, **form: str) -> tuple[KeysState, str, str]:
    """Make a key and rotate it; return the page, the old key and the new one."""
    state = state_of(KeysState, person.cookie)
    await KeysState.create.fn(state, FORM | form)
    old = state.fresh_key
    await KeysState.ask_rotation.fn(state, state.rows[0].id)
    await KeysState.rotate.fn(state, {"overlap": overlap})
    return state, old, state.fresh_key


async def test_a_new_key_is_shown_with_code_that_uses_it(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM)

    assert is_well_formed(state.fresh_key)
    assert state.fresh_codes.keys() == {"curl", "javascript", "python", "go"}
    assert all(f"Bearer {state.fresh_key}" in code for code in state.fresh_codes.values())


async def test_a_new_key_has_the_ticked_scopes(instance: Instance, alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM | {"events:read": "on"})

    entry = await instance.acceptor.authorize(state.fresh_key, Scope.EVENTS_READ)
    assert entry.scopes == {Scope.EVENTS_WRITE, Scope.EVENTS_READ}


async def test_a_closed_dialog_forgets_the_key(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)

    await KeysState.forget_key.fn(state)

    assert (state.fresh_key, state.fresh_codes) == ("", {})


async def test_a_dropped_connection_does_not_lose_the_key(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)

    state._begin()

    assert state.fresh_key


async def test_a_key_nobody_closed_is_not_shown_for_ever(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)
    state._shown_until -= SHOWN + 1

    state._begin()

    assert state.fresh_key == ""


async def test_what_is_wrong_is_told_beside_the_field(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, {"name": "  ", "events:write": "on"})
    assert state.errors.keys() == {"name"}

    await KeysState.create.fn(state, {"name": "Web shop"})
    assert state.errors.keys() == {"scopes"}


async def test_a_key_is_revoked_after_the_question(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)
    await KeysState.ask.fn(state, state.rows[0].id)
    assert state.doomed_name == "Web shop"

    await KeysState.revoke.fn(state)
    await state._show()

    assert state.rows[0].revoked


async def test_a_question_that_was_not_asked_revokes_nothing(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)

    await KeysState.revoke.fn(state)
    await state._show()

    assert not state.rows[0].revoked


@pytest.mark.parametrize(
    ("overlap", "minutes"),
    [("hour", 60), ("day", 24 * 60), ("week", 7 * 24 * 60), ("nonsense", 24 * 60)],
)
async def test_a_replaced_key_works_for_as_long_as_was_chosen(
    instance: Instance, alice: Person, wrist: Wrist, overlap: str, minutes: int
) -> None:
    _, old, new = await rotated(alice, overlap)

    wrist.ahead = timedelta(minutes=minutes - 1)
    assert await is_let_in(instance, old)
    wrist.ahead = timedelta(minutes=minutes + 1)
    assert not await is_let_in(instance, old)
    assert await is_let_in(instance, new)


async def test_a_key_that_is_replaced_now_is_refused_at_once(
    instance: Instance, alice: Person
) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)
    old = state.fresh_key
    assert await is_let_in(instance, old)  # and is kept in memory from now on

    await KeysState.ask_rotation.fn(state, state.rows[0].id)
    await KeysState.rotate.fn(state, {"overlap": "now"})

    assert not await is_let_in(instance, old)
    assert [row.state for row in state.rows] == ["works", "expired"]


async def test_a_new_key_in_the_place_of_another_is_like_it(alice: Person) -> None:
    state, _, _ = await rotated(alice, "day", **{"events:read": "on", "expiry": "90"})

    new, old = state.rows
    assert (new.name, new.scopes) == (old.name, old.scopes)
    assert (new.state, old.state) == ("works", "replaced")
    assert datetime.fromisoformat(new.expires) > datetime.now(UTC) + timedelta(days=89)


async def test_a_replaced_key_is_not_replaced_again(alice: Person) -> None:
    state, _, _ = await rotated(alice, "day")
    await KeysState.forget_key.fn(state)
    state.rotating = state.rows[1].id  # as a stale page would have it

    answer = await KeysState.rotate.fn(state, {"overlap": "day"})

    assert says(answer, "was replaced already")
    assert (len(state.rows), state.fresh_key) == (2, "")


async def test_the_key_of_another_account_is_not_rotated(alice: Person, charlie: Person) -> None:
    hers = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(hers, FORM)
    his = state_of(KeysState, charlie.cookie)
    his.rotating = hers.rows[0].id

    assert says(await KeysState.rotate.fn(his, {"overlap": "now"}), "no such key")

    await hers._show()
    assert [row.state for row in hers.rows] == ["works"]


@pytest.mark.parametrize(("choice", "days"), [("30", 30), ("90", 90), ("365", 365)])
async def test_a_key_ends_when_it_was_chosen_to(
    instance: Instance, alice: Person, wrist: Wrist, choice: str, days: int
) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM | {"expiry": choice})

    wrist.ahead = timedelta(days=days, minutes=-1)
    assert await is_let_in(instance, state.fresh_key)
    wrist.ahead = timedelta(days=days, minutes=1)
    assert not await is_let_in(instance, state.fresh_key)


async def test_a_key_works_through_the_day_that_was_chosen(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    day = (datetime.now(UTC) + timedelta(days=5)).date()

    await KeysState.create.fn(state, FORM | {"expiry": "date", "expires_on": str(day)})

    assert state.rows[0].expires == f"{day}T23:59:59.999Z"


@pytest.mark.parametrize("day", ["", "soon", "2020-01-01", "9999-12-31", "2026-02-30"])
async def test_a_day_that_cannot_be_the_last_is_told(alice: Person, day: str) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM | {"expiry": "date", "expires_on": day})

    assert state.errors.keys() == {"expires_on"}
    assert state.rows == []


async def test_a_key_is_made_for_some_networks_alone(instance: Instance, alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM | {"networks": "192.0.2.0/24\n2001:db8::1"})

    assert state.rows[0].networks == "192.0.2.0/24, 2001:db8::1"
    with pytest.raises(Forbidden):
        await instance.acceptor.authorize(state.fresh_key, Scope.EVENTS_WRITE, lambda: "::1")


async def test_networks_are_changed_and_taken_off(instance: Instance, alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM | {"networks": "192.0.2.7"})
    key = state.fresh_key
    await KeysState.ask_networks.fn(state, state.rows[0].id)
    assert (state.limiting_name, state.limiting_networks) == ("Web shop", "192.0.2.7")

    await KeysState.change_networks.fn(state, {"networks": ""})

    assert (state.limiting, state.rows[0].networks) == ("", "")
    assert await is_let_in(instance, key)


@pytest.mark.parametrize("networks", ["office", "192.0.2.7/24", "192.0.2.7 " * 300])
async def test_a_network_that_cannot_be_meant_is_told(alice: Person, networks: str) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM | {"networks": networks})
    assert (state.errors.keys(), state.rows) == ({"networks"}, [])

    await KeysState.create.fn(state, FORM)
    await KeysState.ask_networks.fn(state, state.rows[0].id)
    await KeysState.change_networks.fn(state, {"networks": networks})
    assert state.errors.keys() == {"networks"}
    assert state.limiting == state.rows[0].id


async def test_the_key_of_another_account_is_not_limited(alice: Person, charlie: Person) -> None:
    hers = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(hers, FORM)
    his = state_of(KeysState, charlie.cookie)
    his.limiting = hers.rows[0].id

    await KeysState.change_networks.fn(his, {"networks": "192.0.2.7"})

    await hers._show()
    assert (hers.rows[0].networks, his.errors.keys()) == ("", {"networks"})


async def test_every_act_is_written_down_without_a_secret(
    instance: Instance, alice: Person
) -> None:
    state, old, new = await rotated(alice, "day", networks="192.0.2.7")
    await KeysState.ask_networks.fn(state, state.rows[0].id)
    await KeysState.change_networks.fn(state, {"networks": "192.0.2.8"})
    await KeysState.ask.fn(state, state.rows[0].id)
    await KeysState.revoke.fn(state)

    entries = await instance.database.read(list_entries, alice.account_id)

    acts = ["key.revoked", "key.changed", "key.rotated", "key.created"]
    assert [entry.action.value for entry in entries if entry.action.value.startswith("key")] == acts
    assert {entry.actor for entry in entries[:4]} == {alice.email}
    assert old[11:] not in str(entries)
    assert new[11:] not in str(entries)


async def test_a_refused_act_is_not_written_down(instance: Instance, alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, {"name": "Web shop"})

    assert await instance.database.read(list_entries, alice.account_id) == []
