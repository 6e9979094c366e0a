"""Counting what failed, and replaying just that."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.events import EventFilter, list_events
from pingpilot_app.ui.pages.channels import ChannelsState
from pingpilot_app.ui.pages.channels.failures import FailuresState
from pingpilot_app.ui.pages.channels.replay_run import Run, run_of
from tests.conftest import MakeSettings
from tests.ui.conftest import Person, eventually, says, send_event, state_of, with_sandbox


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        yield instance


async def failed(instance: Instance, person: Person, count: int) -> None:
    """Let as many mails of the person fail for good."""
    assert instance.sandbox is not None
    account_id, now = person.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)
    instance.sandbox.fail(Channel.EMAIL, "code:554@data", times=count)
    for _ in range(count):
        await send_event(instance, person, "bug")
    await all_are(instance, person, DeliveryStatus.FAILED)


async def all_are(instance: Instance, person: Person, status: DeliveryStatus) -> None:
    """Wait until every delivery of the person stands there."""

    async def look() -> bool:
        page = await instance.database.read(list_events, person.account_id, EventFilter())
        return all(one.status is status for event in page.events for one in event.deliveries)

    await eventually(instance, person.account_id, look)


async def panel(person: Person) -> FailuresState:
    """Return the panel as the person sees it who opens the channels' page."""
    page = state_of(ChannelsState, person.cookie, "/channels")
    await page._show()
    return await page.get_state(FailuresState)


async def ended(instance: Instance, person: Person) -> None:
    """Wait for the end of the person's replay."""

    async def look() -> bool:
        run = run_of(person.account_id)
        return run is not None and run.ended

    await eventually(instance, person.account_id, look)


def mails(instance: Instance) -> int:
    """Return how many mails the sandbox took."""
    assert instance.sandbox is not None
    return len(instance.sandbox.inbox.received(Channel.EMAIL))


async def test_the_page_counts_when_it_opens(instance: Instance, alice: Person) -> None:
    await failed(instance, alice, 2)

    shown = await panel(alice)

    assert shown.sentence == "2 deliveries of 2 events failed in the last 24 hours."


async def test_where_nothing_failed_it_says_so(alice: Person) -> None:
    assert (await panel(alice)).sentence == "No failed deliveries in the last 24 hours."


async def test_range_and_channel_narrow_the_count(instance: Instance, alice: Person) -> None:
    await failed(instance, alice, 1)
    shown = await panel(alice)

    await FailuresState.count.fn(shown, {"since": "hour", "by": "email"})
    assert shown.sentence == "1 delivery of 1 event failed in the last hour."

    await FailuresState.choose_channel.fn(shown, "discord")
    assert shown.deliveries == 0


@pytest.mark.parametrize("junk", [None, "year", "", 2**80, ["day"], {"since": "x"}, "\x00"])
async def test_a_range_that_does_not_exist_changes_nothing(alice: Person, junk: Any) -> None:
    shown = await panel(alice)

    await FailuresState.choose_since.fn(shown, junk)

    assert shown.since == "day"


async def test_counting_starts_nothing(instance: Instance, alice: Person) -> None:
    await failed(instance, alice, 1)

    await FailuresState.count.fn(await panel(alice), {"since": "week", "by": ""})

    assert (run_of(alice.account_id), mails(instance)) == (None, 0)


async def test_a_replay_delivers_what_was_counted_and_tells_its_end(
    instance: Instance, alice: Person
) -> None:
    await failed(instance, alice, 3)
    shown = await panel(alice)

    await FailuresState.replay.fn(shown, 3)
    await ended(instance, alice)
    await all_are(instance, alice, DeliveryStatus.DELIVERED)

    again = await panel(alice)  # whoever comes back to the page is told too
    assert (again.running, again.deliveries) == (False, 0)
    assert again.said == "3 deliveries were started again. The feed shows how each ends."


async def test_a_replay_that_goes_on_tells_how_far_it_is(alice: Person) -> None:
    shown = await panel(alice)

    shown._tell(Run(total=247, done=100))

    assert (shown.running, shown.percent, shown.said) == (True, 40, "")


async def test_a_replay_that_stops_says_why_and_what_is_left(alice: Person) -> None:
    shown = await panel(alice)

    shown._tell(Run(total=247, done=200, refusal="The disk is full.", ended=True))

    assert shown.wrong.startswith(
        "It stopped. 200 deliveries were started again; count for the rest."
    )
    assert shown.wrong.endswith("The disk is full.")


async def test_a_double_click_replays_once(instance: Instance, alice: Person) -> None:
    await failed(instance, alice, 2)
    shown, other_tab = await panel(alice), await panel(alice)

    for tab in (shown, shown, other_tab):
        await FailuresState.replay.fn(tab, 2)
    await ended(instance, alice)
    await all_are(instance, alice, DeliveryStatus.DELIVERED)

    assert mails(instance) == 2


@pytest.mark.parametrize("number", [1, 3, 0, True, "2", None, 2**80])
async def test_another_number_than_the_shown_one_starts_nothing(
    instance: Instance, alice: Person, number: Any
) -> None:
    await failed(instance, alice, 2)
    shown = await panel(alice)

    assert says(await FailuresState.replay.fn(shown, number), "Look again")

    assert run_of(alice.account_id) is None


async def test_failures_of_another_account_are_neither_counted_nor_replayed(
    instance: Instance, alice: Person, charlie: Person
) -> None:
    await failed(instance, alice, 2)
    hers, his = await panel(alice), await panel(charlie)
    assert his.deliveries == 0
    his._counted, his.deliveries = hers._counted, 2

    await FailuresState.replay.fn(his, 2)

    assert (run_of(alice.account_id), run_of(charlie.account_id)) == (None, None)


async def test_counting_again_forgets_how_the_last_replay_ended(
    instance: Instance, alice: Person
) -> None:
    await failed(instance, alice, 1)
    shown = await panel(alice)
    await FailuresState.replay.fn(shown, 1)
    await ended(instance, alice)
    await shown._show()
    assert shown.said

    await FailuresState.count.fn(shown, {"since": "day", "by": ""})

    assert shown.said == ""


async def test_how_a_replay_ended_is_told_until_the_page_is_opened_anew(
    instance: Instance, alice: Person
) -> None:
    await failed(instance, alice, 1)
    await FailuresState.replay.fn(await panel(alice), 1)
    await ended(instance, alice)
    page = state_of(ChannelsState, alice.cookie, "/channels")
    shown = await page.get_state(FailuresState)

    said = []
    for _ in range(2):
        page._begin()
        await page._show()
        said.append(shown.said)

    assert said == ["1 delivery were started again. The feed shows how each ends.", ""]
