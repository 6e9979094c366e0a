"""The page of an event: what it shows and does, against the sandbox."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.events import get_event
from pingpilot_app.ui.pages.event import EventState
from pingpilot_app.ui.pages.event.journey import JourneyRow
from tests.conftest import MakeSettings
from tests.ui.conftest import Person, eventually, says, send_event, state_of, with_sandbox


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        yield instance


async def by_email_alone(instance: Instance, person: Person) -> None:
    """Give the person categories, and events by email alone."""
    account_id, now = person.account_id, datetime.now(UTC)
    await instance.writer.run(account_id, add_quick_start, account_id, now)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(account_id, set_enabled, account_id, channel, False, now)


@pytest.fixture
async def owner(instance: Instance, alice: Person) -> Person:
    """Alice, whose events go by email."""
    await by_email_alone(instance, alice)
    return alice


async def sent(instance: Instance, person: Person, until: EventStatus) -> str:
    """Send an event, wait until it stands there and return its id."""
    event_id = await send_event(instance, person, "bug")
    await reached(instance, person, event_id, until)
    return event_id


async def reached(instance: Instance, person: Person, event_id: str, status: EventStatus) -> None:
    """Wait until the event stands there."""

    async def look() -> bool:
        event = await instance.database.read(get_event, person.account_id, event_id)
        return event.status is status

    await eventually(instance, person.account_id, look)


async def refused(instance: Instance, person: Person, code: str = "code:554@data") -> str:
    """Send an event that the sandbox's mail server refuses, and return its id."""
    assert instance.sandbox is not None
    instance.sandbox.fail(Channel.EMAIL, code)
    return await sent(instance, person, EventStatus.FAILED)


async def page(person: Person, event_id: str) -> EventState:
    """Return the page of an event as the person sees it."""
    state = state_of(EventState, person.cookie, f"/events/{event_id}")
    await state._show()
    return state


def way(state: EventState) -> JourneyRow:
    """Return the only delivery that a page shows."""
    (detail,) = state.found
    (journey,) = detail.journeys
    return journey


def mails(instance: Instance) -> int:
    """Return how many mails the sandbox took."""
    assert instance.sandbox is not None
    return len(instance.sandbox.inbox.received(Channel.EMAIL))


async def test_a_refused_event_shows_the_words_and_what_they_mean(
    instance: Instance, owner: Person
) -> None:
    shown = way(await page(owner, await refused(instance, owner)))

    (attempt,) = shown.rounds[0].attempts
    assert shown.summary == "Refused for good at the first try."
    assert (attempt.label, attempt.quoted) == ("Refused for good", True)
    assert attempt.words.startswith("554")
    assert "refused this one message for good" in shown.hint


async def test_a_break_within_the_answer_is_shown_as_possibly_delivered(
    instance: Instance, owner: Person
) -> None:
    assert instance.sandbox is not None
    instance.sandbox.fail(Channel.EMAIL, "reset")
    event_id = await sent(instance, owner, EventStatus.DELIVERED)

    first, last = way(await page(owner, event_id)).rounds[0].attempts
    assert (first.possibly, last.possibly) == (True, False)


async def test_a_replay_delivers_what_failed(instance: Instance, owner: Person) -> None:
    event_id = await refused(instance, owner)
    state = await page(owner, event_id)

    assert says(await EventState.replay.fn(state), "All that failed is tried again now.")

    await reached(instance, owner, event_id, EventStatus.DELIVERED)
    await state._show()
    assert [one.name for one in way(state).rounds] == ["Sent first", "Sent again"]


async def test_a_second_click_does_not_send_twice(instance: Instance, owner: Person) -> None:
    event_id = await refused(instance, owner)
    state = await page(owner, event_id)
    await EventState.retry.fn(state, "email")
    await reached(instance, owner, event_id, EventStatus.DELIVERED)

    assert says(await EventState.retry.fn(state, "email"), "It has arrived by Email meanwhile.")

    assert mails(instance) == 1


async def test_a_delivery_that_waits_is_tried_at_once(instance: Instance, owner: Person) -> None:
    assert instance.sandbox is not None
    instance.sandbox.fail(Channel.EMAIL, "rate_limit")  # 450: it waits by the schedule
    event_id = await send_event(instance, owner, "bug")
    state = await page(owner, event_id)

    async def waits() -> bool:
        await state._show()
        return way(state).step == "retry"

    await eventually(instance, owner.account_id, waits)
    assert says(await EventState.retry.fn(state, "email"), "Email is tried again now.")

    await reached(instance, owner, event_id, EventStatus.DELIVERED)


async def test_what_has_arrived_is_sent_again_only_when_asked_and_once(
    instance: Instance, owner: Person
) -> None:
    event_id = await sent(instance, owner, EventStatus.DELIVERED)
    state = await page(owner, event_id)
    await EventState.send_again.fn(state)  # nobody was asked
    assert mails(instance) == 1

    await EventState.ask.fn(state, "email")
    await EventState.send_again.fn(state)
    await reached(instance, owner, event_id, EventStatus.DELIVERED)
    await EventState.send_again.fn(state)  # the second click of a double click

    assert (mails(instance), state.asked) == (2, "")


async def test_where_nothing_failed_nothing_is_replayed(instance: Instance, owner: Person) -> None:
    state = await page(owner, await sent(instance, owner, EventStatus.DELIVERED))

    assert says(await EventState.replay.fn(state), "it has arrived everywhere")

    assert mails(instance) == 1


async def test_a_channel_that_the_event_did_not_take_is_told(
    instance: Instance, owner: Person
) -> None:
    state = await page(owner, await refused(instance, owner))

    assert says(await EventState.retry.fn(state, "discord"), "did not go by Discord")


@pytest.mark.parametrize("step", [("retry", "email"), ("replay",), ("send_again",)])
async def test_an_event_of_another_account_cannot_be_sent_again(
    instance: Instance, owner: Person, charlie: Person, step: tuple[str, ...]
) -> None:
    await by_email_alone(instance, charlie)
    event_id = await refused(instance, owner)
    his = await page(charlie, event_id)
    assert his.found == []
    his.asked = "email"
    name, *given = step

    answer = await EventState.event_handlers[name].fn(his, *given)

    assert says(answer, "There is no event with this id in your account.")
    hers = await instance.database.read(get_event, owner.account_id, event_id)
    assert (hers.status, mails(instance)) == (EventStatus.FAILED, 0)


@pytest.mark.parametrize(
    "event_id", ["", "evt_", "evt_1", "evt_" + "x" * 27, "%00", "evt_" + "\x00" * 26, "' OR 1=1"]
)
async def test_an_address_that_names_no_event_shows_none(owner: Person, event_id: str) -> None:
    state = await page(owner, event_id)

    answers: list[Any] = [
        await EventState.replay.fn(state),
        await EventState.retry.fn(state, "email"),
    ]

    assert (state.found, answers) == ([], [None, None])


async def test_an_event_is_sent_again_by_the_channels_that_are_ticked(
    instance: Instance, owner: Person
) -> None:
    event_id = await sent(instance, owner, EventStatus.DELIVERED)
    state = await page(owner, event_id)
    await EventState.send_chosen.fn(state, {"email": True})  # the dialog is not open
    assert mails(instance) == 1

    await EventState.choose.fn(state, True)
    assert says(await EventState.send_chosen.fn(state, {"email": True}), "It goes to Email now.")

    await reached(instance, owner, event_id, EventStatus.DELIVERED)
    assert (mails(instance), state.choosing) == (2, False)


@pytest.mark.parametrize(
    ("form", "answer"), [({}, "Nothing was ticked"), ({"discord": "on"}, "did not go by Discord")]
)
async def test_a_choice_that_cannot_be_sent_is_told(
    instance: Instance, owner: Person, form: dict[str, Any], answer: str
) -> None:
    state = await page(owner, await sent(instance, owner, EventStatus.DELIVERED))
    await EventState.choose.fn(state, True)

    assert says(await EventState.send_chosen.fn(state, form), answer)

    assert mails(instance) == 1


async def test_an_event_leads_to_those_around_it(instance: Instance, owner: Person) -> None:
    first, second, third = [await send_event(instance, owner, "bug") for _ in range(3)]

    (detail,) = (await page(owner, second)).found

    assert (detail.newer, detail.older) == (f"/events/{third}", f"/events/{first}")


async def test_the_feed_shows_an_event_beside_it(instance: Instance, owner: Person) -> None:
    event_id = await send_event(instance, owner, "bug")
    state = state_of(EventState, owner.cookie, f"/feed?category=bug&event={event_id}")

    await state._show()

    assert [detail.event.id for detail in state.found] == [event_id]
    assert not state._is_over()


async def test_a_feed_without_an_event_is_not_watched_for_one(owner: Person) -> None:
    state = state_of(EventState, owner.cookie, "/feed")

    await state._show()

    assert (state.found, state._is_over()) == ([], True)
