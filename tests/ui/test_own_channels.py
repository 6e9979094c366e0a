"""Channels of one's own, against the sandbox."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable

import pytest
from sqlalchemy import select

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.copies import list_copies
from pingpilot_app.storage.destinations import list_destinations
from pingpilot_app.storage.tables import users
from pingpilot_app.ui.guard import refusal
from pingpilot_app.ui.pages.channels import ChannelsState, OwnChannelsState
from pingpilot_app.ui.pages.event import EventState
from pingpilot_app.ui.session import session_of
from tests.conftest import MakeSettings
from tests.ui.conftest import Person, eventually, says, send_event, state_of, with_sandbox
from tests.ui.test_onboarding import prepare

DISCORD_ID = "223456789012345678"
CODE = re.compile(r"code is (\d{6})")


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        yield instance


async def opened(person: Person) -> OwnChannelsState:
    """Return the page as somebody sees it."""
    state = state_of(OwnChannelsState, person.cookie)
    state._begin()
    await state._show()
    return state


def last_code(instance: Instance) -> str:
    """Return the code that the sandbox's Discord got last."""
    assert instance.sandbox is not None
    found = CODE.search(str(instance.sandbox.inbox.received(Channel.DISCORD)[-1].payload))
    assert found
    return found[1]


async def link_discord(instance: Instance, person: Person) -> OwnChannelsState:
    """Set, prove and switch on the person's own Discord."""
    state = await opened(person)
    form = {"channel": "discord", "address": DISCORD_ID}
    await OwnChannelsState.send_code.fn(state, form)
    code = {"channel": "discord", "code": last_code(instance)}
    await OwnChannelsState.confirm.fn(state, code)
    await OwnChannelsState.switch.fn(state, "discord", True)
    return state


async def user_id(instance: Instance, person: Person) -> str:
    query = select(users.c.id).where(users.c.email == person.email)
    found: str = await instance.database.read(lambda c: c.execute(query).scalar_one())
    return found


async def test_nothing_is_on_at_first(bob: Person) -> None:
    state = await opened(bob)
    assert {name: (card.state, card.enabled) for name, card in state.cards.items()} == {
        "discord": ("unset", False),
        "telegram": ("unset", False),
        "email": ("ready", False),
    }
    assert state.cards["email"].label == bob.email
    assert state.summary.startswith("You get no copies now")


async def test_a_code_proves_ones_own_address_and_not_the_accounts(
    instance: Instance, alice: Person, bob: Person
) -> None:
    state = await link_discord(instance, bob)

    assert (state.cards["discord"].state, state.cards["discord"].enabled) == ("ready", True)
    assert state.summary == "You get copies by Discord of all categories."
    of_account = state_of(ChannelsState, alice.cookie)
    await of_account._show()
    assert of_account.cards["discord"].state == "unset"
    alices = await opened(alice)
    assert alices.cards["discord"].state == "unset"


async def test_pressing_start_links_ones_own_telegram(instance: Instance, bob: Person) -> None:
    state, wake = await opened(bob), instance.bus.subscribe(bob.account_id)
    await OwnChannelsState.begin_link.fn(state, {"address": "@bob_builder"})
    wake.clear()
    await OwnChannelsState.press_start.fn(state)
    await asyncio.wait_for(wake.wait(), 10)
    await state._show()
    assert (state.cards["telegram"].state, state.said["telegram"]) == (
        *("ready", "Linked. Your copies will arrive there."),
    )
    read = instance.database.read
    shared = await read(list_destinations, bob.account_id)
    assert {one.channel for one in shared if one.ready} == {Channel.EMAIL}


async def test_a_test_message_arrives_at_ones_own(instance: Instance, bob: Person) -> None:
    state = await opened(bob)
    await OwnChannelsState.send_test.fn(state, "email")
    assert state.trials["email"].arrived
    assert instance.sandbox is not None
    [mail] = instance.sandbox.inbox.received(Channel.EMAIL)
    assert mail.to == bob.email


async def test_what_is_ticked_is_kept_and_told(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    state = await link_discord(instance, bob)
    form = {"categories": "some", "category-bug": "on", "severities": "some"}
    form |= {"severity-critical": "on", "severity-high": "on", "category-unknown": "on"}
    await OwnChannelsState.choose.fn(state, form)
    assert state.summary == (
        "You get copies by Discord of bug, where the severity is critical or high."
    )
    assert (state.every_category, state.every_severity) == (False, False)
    ticked = {one.name for one in (*state.categories, *state.severities) if one.ticked}
    assert ticked == {"category-bug", "severity-critical", "severity-high"}

    await OwnChannelsState.choose.fn(state, {"categories": "all", "severities": "some"})
    assert state.summary == "You get no copies now: nothing is ticked below."


async def test_a_copy_is_shown_with_its_address_to_its_owner_alone(
    instance: Instance, alice: Person, bob: Person
) -> None:
    await prepare(instance, alice)
    await link_discord(instance, bob)
    event_id = await send_event(instance, alice, "bug")

    async def arrived() -> bool:
        found = await instance.database.read(list_copies, alice.account_id, event_id)
        return [one.status for one in found] == [DeliveryStatus.DELIVERED]

    await eventually(instance, alice.account_id, arrived)
    shown = {}
    for person in (alice, bob):
        state = state_of(EventState, person.cookie, f"/events/{event_id}")
        await state._show()
        [detail] = state.found
        [copy] = detail.copies
        shown[person.email] = (copy.who, copy.channel, copy.status, copy.address)
        assert len(detail.journeys) == len({one.channel for one in detail.journeys})
    assert shown == {
        alice.email: ("bob", "Discord", "DELIVERED", ""),
        bob.email: ("You", "Discord", "DELIVERED", DISCORD_ID),
    }


async def test_acts_are_written_as_ones_own(instance: Instance, alice: Person, bob: Person) -> None:
    await prepare(instance, alice)
    state = await link_discord(instance, bob)
    await OwnChannelsState.choose.fn(state, {"categories": "some", "category-bug": "on"})
    found = await instance.database.read(list_entries, bob.account_id, limit=4)
    assert [(one.action, one.actor) for one in reversed(found)] == [
        (Action.OWN_CHANNEL_SET, bob.email),
        (Action.OWN_CHANNEL_PROVED, bob.email),
        (Action.OWN_CHANNEL_SWITCHED, bob.email),
        (Action.OWN_EVENTS_CHOSEN, bob.email),
    ]
    assert dict(found[0].detail) == {"categories": "all → bug"}


async def test_a_viewer_has_none_and_is_refused(vera: Person) -> None:
    state = await opened(vera)
    assert state.cards == {}
    session = await session_of(vera.cookie)
    assert says(refusal(OwnChannelsState.access, session), "Only owners, admins and members")


async def test_an_outsider_sees_ones_own_of_his_account(
    instance: Instance, bob: Person, charlie: Person
) -> None:
    await link_discord(instance, bob)
    state = await opened(charlie)
    assert state.cards["discord"].state == "unset"
    assert state.cards["email"].label == charlie.email
    whose = bob.account_id, await user_id(instance, charlie)
    assert await instance.database.read(list_destinations, *whose) == []
