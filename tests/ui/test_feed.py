"""The feed: what is shown, what waits, what is filtered."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, update

from pingpilot_app.delivery.accept import Request
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, Scope, hash_api_key, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus
from pingpilot_app.storage.api_keys import add_api_key
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.destinations import set_enabled
from pingpilot_app.storage.tables import deliveries, events
from pingpilot_app.ui.pages.feed import FeedState
from pingpilot_app.ui.pages.feed.blocks import ROWS_MAX
from pingpilot_app.ui.pages.feed.reading import PAGE
from tests.ui.conftest import Person, leads_to, send_event, state_of


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


def told(state: FeedState) -> list[str]:
    """Return the descriptions of the rows that the browser puts together."""
    blocks = (getattr(state, f"block_{slot}") for slot in state.order)
    return [row.description for block in blocks for row in block]


async def send_many(instance: Instance, person: Person, count: int) -> None:
    """Send events in one burst."""
    key, account_id = new_api_key(), person.account_id
    hashed = hash_api_key(key, instance.pepper)
    now = datetime.now(UTC)
    await instance.writer.run(
        account_id, add_api_key, account_id, "burst", key, hashed, DEFAULT_SCOPES, now
    )
    entry = await instance.acceptor.authorize(key, Scope.EVENTS_WRITE)

    async def body() -> bytes:
        return json.dumps({"category": "bug"}).encode()

    for done in range(0, count, 100):
        size = min(count - done, 100)
        burst = [instance.acceptor.accept(entry, Request(body)) for _ in range(size)]
        await asyncio.gather(*burst)


async def fail(instance: Instance, person: Person, event_id: str) -> None:
    """Let an event fail."""

    def change(connection: Connection) -> None:
        event = update(events).where(events.c.id == event_id)
        connection.execute(event.values(status=EventStatus.FAILED))
        sent = update(deliveries).where(deliveries.c.event_id == event_id)
        email = sent.where(deliveries.c.channel == Channel.EMAIL)
        connection.execute(email.values(status=DeliveryStatus.FAILED, failed_at=datetime.now(UTC)))

    await instance.writer.run(person.account_id, change)
    instance.bus.publish(person.account_id)


def contiguous(state: FeedState) -> bool:
    """Tell whether the rows stand newest first, none of them twice."""
    ids = [row.id for row in state._rows()]
    return ids == sorted(set(ids), reverse=True)


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


async def test_a_burst_is_counted_and_then_shown_without_a_gap(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "first")
    state = await shown(alice)
    await FeedState.hold.fn(state)
    await send_many(instance, alice, 3 * PAGE)

    await state._show()
    assert (told(state), state.waiting) == (["first"], 3 * PAGE)

    await FeedState.release.fn(state)
    assert (len(told(state)), state.waiting, state.more) == (PAGE, 0, True)
    await FeedState.load_older.fn(state)
    await FeedState.load_older.fn(state)
    await FeedState.load_older.fn(state)
    assert (len(told(state)), told(state)[-1], state.more) == (3 * PAGE + 1, "first", False)
    assert contiguous(state)


async def test_older_pages_stay_while_new_events_come(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, 2 * PAGE)
    state = await shown(alice)
    await FeedState.load_older.fn(state)
    await FeedState.hold.fn(state)
    held = state._rows()
    await send_many(instance, alice, 5)

    await state._show()
    assert (state._rows(), state.waiting) == (held, 5)

    await FeedState.release.fn(state)
    assert (len(told(state)), contiguous(state)) == (2 * PAGE, True)


async def test_the_list_ends_where_it_would_be_too_long(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, ROWS_MAX + 100)
    state = await shown(alice)

    for _ in range(ROWS_MAX // PAGE + 2):
        await FeedState.load_older.fn(state)

    assert (len(told(state)), state.full, contiguous(state)) == (ROWS_MAX, True, True)


async def test_while_paused_new_events_wait_and_shown_ones_change(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug", "first")
    state = await shown(alice, "/feed?status=PENDING")
    await FeedState.pause.fn(state)
    await send_event(instance, alice, "bug", "second")
    await fail(instance, alice, event_id)

    await state._show()
    (row,) = state._rows()
    assert (row.description, row.status, state.waiting) == ("first", "FAILED", 1)

    await FeedState.pause.fn(state)
    assert (told(state), state.waiting) == (["second"], 0)


async def test_what_waits_is_shown_when_asked_for(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "first")
    state = await shown(alice)
    await FeedState.hold.fn(state)
    await send_event(instance, alice, "bug", "second")

    await FeedState.catch_up.fn(state)
    assert told(state) == ["second", "first"]

    await send_event(instance, alice, "bug", "third")
    await state._show()
    assert (told(state), state.waiting) == (["second", "first"], 1)


async def test_a_connection_that_comes_back_doubles_nothing(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, 2 * PAGE)
    state = await shown(alice)
    await FeedState.load_older.fn(state)
    await FeedState.hold.fn(state)
    held = state._rows()
    await send_many(instance, alice, 3)

    state._begin()
    await state._show()
    assert (state._rows(), state.waiting) == (held, 3)

    await FeedState.release.fn(state)
    assert contiguous(state)


async def test_who_opens_the_page_again_begins_at_the_top(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, 2 * PAGE)
    state = await shown(alice)
    await FeedState.load_older.fn(state)
    await FeedState.pause.fn(state)

    await FeedState.enter.fn(state)

    assert (len(told(state)), state.paused) == (PAGE, False)


async def test_a_choice_is_put_into_the_address(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    state = await shown(alice, "/feed?category=bug&event=evt_1")

    answer = await FeedState.choose_channel.fn(state, "email")

    assert leads_to(answer, "/feed?category=bug&channel=email&event=evt_1")


async def test_a_text_is_looked_for_and_put_into_the_address(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "The cart is 100 % broken")
    await send_event(instance, alice, "bug", "Something else")
    state = await shown(alice)

    answer = await FeedState.search.fn(state, " 100 % ")

    assert told(state) == ["The cart is 100 % broken"]
    assert leads_to(answer, "/feed?q=100+%25")


async def test_an_address_that_arrives_late_does_not_undo_what_was_typed_since(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    state = await shown(alice)
    await FeedState.search.fn(state, "ca")
    await FeedState.search.fn(state, "cart")

    arrive(state, alice, "/feed?q=ca")
    state._begin()
    await state._show()
    assert (state.text, state.typed) == ("cart", 0)

    arrive(state, alice, "/feed?q=cart")
    state._begin()
    arrive(state, alice, "/feed?q=ca")  # and now by the browser's back button
    state._begin()
    await state._show()
    assert (state.text, state.typed) == ("ca", 1)


def arrive(state: FeedState, person: Person, path: str) -> None:
    """Let the browser be at `path`."""
    state.parent_state.router = state_of(FeedState, person.cookie, path).router  # type: ignore[union-attr]


async def test_a_channel_with_a_status_is_that_of_the_delivery(
    instance: Instance, alice: Person
) -> None:
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")
    assert told(await shown(alice, "/feed?status=PENDING&channel=email")) != []
    await fail(instance, alice, event_id)

    assert told(await shown(alice, "/feed?status=FAILED")) != []
    assert told(await shown(alice, "/feed?status=FAILED&channel=email")) != []
    assert told(await shown(alice, "/feed?status=PENDING&channel=email")) == []
    assert told(await shown(alice, "/feed?channel=discord")) == []


@pytest.mark.parametrize(
    ("query", "note"),
    [
        ("category=nothing", "There is no category “nothing” here"),
        ("status=lost&channel=pigeon", "no status “LOST” here and there is no channel “pigeon”"),
        ("q=%00%00&page=2&category=", ""),
        ("event=" + "x" * 300 + "&status=%F0%9F%90%A2", "There is no status “🐢” here"),
    ],
)
async def test_what_an_address_asks_for_in_vain_is_left_out_and_told(
    instance: Instance, alice: Person, query: str, note: str
) -> None:
    await prepare(instance, alice)
    await send_event(instance, alice, "bug", "a bug")

    state = await shown(alice, f"/feed?{query}")

    assert told(state) == ["a bug"]
    assert note in state.note
    assert bool(state.note) == bool(note)


async def test_a_change_sends_few_rows(instance: Instance, alice: Person) -> None:
    await prepare(instance, alice)
    await send_many(instance, alice, PAGE)
    state = await shown(alice)
    state._clean()
    await send_event(instance, alice, "bug", "one more")

    await state._show()

    sent: Any = next(iter(state.get_delta().values()))
    assert sum(len(rows) for name, rows in sent.items() if name.startswith("block_")) <= 8
