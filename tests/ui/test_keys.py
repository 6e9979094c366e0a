"""Keys: made, shown once, revoked."""

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, is_well_formed
from pingpilot_app.ui.pages.keys import KeysState
from pingpilot_app.ui.pages.keys import state as keys_module
from tests.ui.conftest import Person, state_of

FORM = {"name": "Web shop", "events:write": "on"}


async def test_a_new_key_is_shown_with_a_command_that_uses_it(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM)

    assert is_well_formed(state.fresh_key)
    assert f"Bearer {state.fresh_key}" in state.command


async def test_a_new_key_has_the_ticked_scopes(instance: Instance, alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)

    await KeysState.create.fn(state, FORM | {"events:read": "on"})

    entry = await instance.acceptor.authorize(state.fresh_key, Scope.EVENTS_READ)
    assert entry.scopes == {Scope.EVENTS_WRITE, Scope.EVENTS_READ}


async def test_a_closed_dialog_forgets_the_key(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)

    await KeysState.forget_key.fn(state)

    assert (state.fresh_key, state.command) == ("", "")


async def test_a_dropped_connection_does_not_lose_the_key(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)

    state._begin()

    assert state.fresh_key


async def test_a_key_nobody_closed_is_not_shown_for_ever(alice: Person) -> None:
    state = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(state, FORM)
    state._shown_until -= keys_module.SHOWN + 1

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
