"""The steps to the first event."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, update

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope, is_well_formed
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.api_keys import list_api_keys, revoke_api_key
from pingpilot_app.storage.categories import add_quick_start, delete_category
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.tables import quota_usage
from pingpilot_app.ui.fresh_key import SHOWN, NewKey, make_key
from pingpilot_app.ui.onboarding import OnboardingState
from pingpilot_app.ui.session import session_of
from tests.ui.conftest import Person, send_event, state_of

STEPS = ("category", "key", "channels", "event")


async def prepare(instance: Instance, person: Person) -> None:
    """Give the person categories, and email as the only channel."""
    account_id, now = person.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)


async def shown(person: Person) -> OnboardingState:
    """Return the steps as the person sees them."""
    state = state_of(OnboardingState, person.cookie, "/feed")
    state._begin()
    await state._show()
    return state


def done(state: OnboardingState) -> list[str]:
    """Return the names of the steps that are ticked."""
    return [step.name for step in state.steps if step.done]


async def test_a_new_account_has_all_before_it(alice: Person) -> None:
    state = await shown(alice)

    assert [step.name for step in state.steps] == list(STEPS)
    assert (done(state), state.started, state.complete) == ([], False, False)


async def test_each_step_ticks_itself(instance: Instance, alice: Person) -> None:
    state = await shown(alice)
    await OnboardingState.quick_start.fn(state)
    assert done(state) == ["category"]

    await OnboardingState.make_key.fn(state)
    assert done(state) == ["category", "key"]

    await prepare(instance, alice)
    await state._show()
    assert done(state) == ["category", "key", "channels"]

    await send_event(instance, alice, "bug")
    await state._show()
    assert (done(state), state.started, state.complete) == (list(STEPS), True, True)


async def test_a_new_key_stands_in_the_code_this_once(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    state = await shown(alice)
    assert all("pk_YOUR_KEY" in code for code in state.codes.values())

    await OnboardingState.make_key.fn(state)
    assert is_well_formed(state.fresh_key)
    assert all(state.fresh_key in code for code in state.codes.values())

    await OnboardingState.hide_key.fn(state)
    assert all("pk_YOUR_KEY" in code for code in state.codes.values())


async def test_a_key_that_is_not_closed_goes_by_itself(alice: Person) -> None:
    state = await shown(alice)
    await OnboardingState.make_key.fn(state)
    state._shown_until -= SHOWN + 1

    state._begin()

    assert state.fresh_key == ""


async def test_while_a_key_is_shown_no_other_is_made(instance: Instance, alice: Person) -> None:
    state = await shown(alice)
    await OnboardingState.make_key.fn(state)
    await OnboardingState.make_key.fn(state)

    assert len(await instance.database.read(list_api_keys, alice.account_id)) == 1


async def test_a_key_that_cannot_send_is_no_key(instance: Instance, alice: Person) -> None:
    past = datetime.now(UTC) - timedelta(days=1)
    session = await session_of(alice.cookie)
    assert session is not None
    await make_key(session, NewKey("reads", [Scope.EVENTS_READ]))
    await make_key(session, NewKey("ended", [Scope.EVENTS_WRITE], past))
    await make_key(session, NewKey("revoked", [Scope.EVENTS_WRITE]))
    newest = (await instance.database.read(list_api_keys, alice.account_id))[0]
    here = alice.account_id, newest.id, past
    await instance.writer.run(alice.account_id, revoke_api_key, *here)

    assert "key" not in done(await shown(alice))


async def test_events_of_another_month_count_as_a_start(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug")

    def last_month(connection: Connection) -> None:
        connection.execute(update(quota_usage).values(month="2020-01"))

    await instance.writer.run(alice.account_id, last_month)

    state = await shown(alice)
    assert (state.started, state.complete) == (True, True)


async def test_who_deletes_the_only_category_has_started_and_lacks_one(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug")
    for name in ("bug", "sale", "question"):
        await instance.writer.run(alice.account_id, delete_category, alice.account_id, name)

    state = await shown(alice)

    assert (state.started, state.complete) == (True, False)
    assert done(state) == ["key", "channels", "event"]


async def test_the_code_names_a_category_that_exists(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    for name in ("bug", "question"):
        await instance.writer.run(alice.account_id, delete_category, alice.account_id, name)

    state = await shown(alice)

    assert all('"category": "sale"' in code for code in state.codes.values())


async def test_a_start_is_the_own_accounts_alone(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug")

    assert not (await shown(charlie)).started
