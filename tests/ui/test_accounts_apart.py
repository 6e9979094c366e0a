"""Alice owns; Charlie has an account of his own and gets nothing of hers."""

from datetime import UTC, datetime

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.api_keys import list_api_keys
from pingpilot_app.storage.categories import add_quick_start, list_categories
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.ui.live import Live
from pingpilot_app.ui.pages.categories import CategoriesState
from pingpilot_app.ui.pages.channels import ChannelsState
from pingpilot_app.ui.pages.event import EventState
from pingpilot_app.ui.pages.feed import FeedState
from pingpilot_app.ui.pages.keys import KeysState
from pingpilot_app.ui.pages.sandbox import SandboxState
from pingpilot_app.ui.shell import ShellState
from tests.ui.conftest import Person, send_event, state_of


async def show(state: Live) -> None:
    assert await state._show()


async def test_revoking_a_key_of_another_account_changes_nothing(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    hers = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(hers, {"name": "web", "events:write": True})
    his = state_of(KeysState, charlie.cookie)
    his.doomed = hers.rows[0].id

    await KeysState.revoke.fn(his)

    (key,) = await instance.database.read(list_api_keys, alice.account_id)
    assert key.revoked_at is None


async def test_deleting_a_category_reaches_the_own_account_alone(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    for person in (alice, charlie):
        account_id = person.account_id
        await instance.writer.run(account_id, add_quick_start, account_id, datetime.now(UTC))
    his = state_of(CategoriesState, charlie.cookie)
    await show(his)
    await CategoriesState.ask.fn(his, "bug")

    await CategoriesState.delete.fn(his)

    hers = await instance.database.read(list_categories, alice.account_id)
    assert "bug" in [category.name for category in hers]


async def test_lists_hold_the_own_account_alone(alice: Person, charlie: Person) -> None:
    hers = state_of(KeysState, alice.cookie)
    await KeysState.create.fn(hers, {"name": "web", "events:write": True})
    his = state_of(KeysState, charlie.cookie)

    await show(his)

    assert his.rows == []


async def test_an_event_of_another_account_is_not_found(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    account_id, now = alice.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)
    event_id = await send_event(instance, alice, "bug")
    his = state_of(EventState, charlie.cookie, f"/events/{event_id}")

    await show(his)

    assert his.found == []


async def test_a_state_that_changes_hands_is_emptied_first(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    state = state_of(FeedState, alice.cookie)
    await show(state)
    state.category = "bug"
    state.parent_state.router = state_of(FeedState, charlie.cookie).router  # type: ignore[union-attr]

    await show(state)

    assert state.category == ""


async def test_the_frame_says_who_is_signed_in(alice: Person, charlie: Person) -> None:
    his = state_of(ShellState, charlie.cookie)

    await show(his)

    assert (his.email, his.is_operator) == (charlie.email, False)


async def test_the_sandbox_shows_nothing_to_who_is_no_operator(charlie: Person) -> None:
    his = state_of(SandboxState, charlie.cookie)

    await show(his)

    assert (his.allowed, his.discord) == (False, [])


async def test_channels_are_the_own_ones(alice: Person, charlie: Person) -> None:
    his = state_of(ChannelsState, charlie.cookie)

    await show(his)

    assert his.cards["email"].label == charlie.email
