"""The feed: what is shown, what waits, what is filtered."""

from datetime import UTC, datetime

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.ui.pages.feed import FeedState
from tests.ui.conftest import Person, send_event, state_of


async def prepare(instance: Instance, person: Person) -> None:
    """Give the person categories, and email as the only channel."""
    account_id, now = person.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)


async def shown(person: Person, path: str = "/feed") -> FeedState:
    """Return the feed as the person sees it."""
    state = state_of(FeedState, person.cookie, path)
    state._begin()
    await state._show()
    return state


async def test_before_the_first_event_the_steps_are_shown(alice: Person) -> None:
    state = await shown(alice)

    assert not state.started
    assert [step.done for step in state.steps] == [False, False, False, False]


async def test_steps_that_are_done_are_ticked(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)

    state = await shown(alice)

    assert [step.done for step in state.steps] == [True, False, True, False]


async def test_the_command_names_a_category_that_exists(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)

    assert '"category": "bug"' in (await shown(alice)).command


async def test_why_events_are_refused_is_told(alice: Person) -> None:
    assert (await shown(alice)).blocked.startswith("Please enter your discord ID")


async def test_the_newest_event_comes_first(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "first")
    await send_event(instance, alice, "sale", "second")

    state = await shown(alice)

    assert [row.description for row in state._rows()] == ["second", "first"]
    assert [d.channel for d in state._rows()[0].deliveries] == ["Email"]


async def test_while_the_pointer_is_on_the_list_new_events_wait(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "first")
    state = await shown(alice)
    await FeedState.hold.fn(state)
    await send_event(instance, alice, "bug", "second")

    await state._show()
    assert ([row.description for row in state._rows()], state.waiting) == (["first"], 1)

    await FeedState.release.fn(state)
    assert (len(state._rows()), state.waiting) == (2, 0)


async def test_a_category_can_be_chosen(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "a bug")
    await send_event(instance, alice, "sale", "a sale")
    state = await shown(alice)

    await FeedState.choose_category.fn(state, "sale")
    assert [row.description for row in state._rows()] == ["a sale"]

    await FeedState.choose_status.fn(state, "FAILED")
    assert state._rows() == []

    await FeedState.show_all.fn(state)
    assert len(state._rows()) == 2


async def test_the_address_may_name_a_category(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "a bug")
    await send_event(instance, alice, "sale", "a sale")

    state = await shown(alice, "/feed?category=Sale")

    assert [row.description for row in state._rows()] == ["a sale"]


async def test_a_dropped_connection_keeps_the_chosen_category(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    state = await shown(alice)
    await FeedState.choose_category.fn(state, "sale")

    state._begin()

    assert state.category == "sale"
