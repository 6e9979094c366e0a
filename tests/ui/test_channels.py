"""Channels, against the sandbox."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.delivery.verification import LINK_LIFETIME
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.destinations import get_destination, mark_broken
from pingpilot_app.storage.events import get_event
from pingpilot_app.storage.outages import WHOLE, OutageView, put_outage
from pingpilot_app.ui.pages.channels import ChannelsState
from tests.conftest import MakeSettings
from tests.ui.conftest import Enter, Person, eventually, send_event, state_of, with_sandbox
from tests.ui.test_onboarding import prepare

DISCORD_ID = "123456789012345678"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        yield instance


@pytest.fixture
async def state(alice: Person) -> ChannelsState:
    """The page as Alice sees it."""
    state = state_of(ChannelsState, alice.cookie)
    await state._show()
    return state


def last_code(instance: Instance) -> str:
    """Return the code that the sandbox's Discord got last."""
    assert instance.sandbox is not None
    text = str(instance.sandbox.inbox.received(Channel.DISCORD)[-1].payload)
    found = re.search(r"code is (\d{6})", text)
    assert found
    return found.group(1)


async def test_a_new_account_has_email_ready_alone(state: ChannelsState) -> None:
    assert {name: card.state for name, card in state.cards.items()} == {
        "discord": "unset",
        "telegram": "unset",
        "email": "ready",
    }


async def test_the_right_code_proves_the_address(instance: Instance, state: ChannelsState) -> None:
    await ChannelsState.send_code.fn(state, {"channel": "discord", "address": DISCORD_ID})
    assert state.cards["discord"].state == "unverified"

    await ChannelsState.confirm.fn(state, {"channel": "discord", "code": last_code(instance)})

    assert state.cards["discord"].state == "ready"


async def test_a_wrong_code_is_told(instance: Instance, state: ChannelsState) -> None:
    await ChannelsState.send_code.fn(state, {"channel": "discord", "address": DISCORD_ID})
    wrong = f"{(int(last_code(instance)) + 1) % 1_000_000:06d}"

    await ChannelsState.confirm.fn(state, {"channel": "discord", "code": wrong})

    assert state.cards["discord"].state == "unverified"
    assert state.wrong["discord"].startswith("This code is wrong or too old.")


async def test_an_address_that_cannot_be_one_is_told(state: ChannelsState) -> None:
    await ChannelsState.send_code.fn(state, {"channel": "discord", "address": "ada"})

    assert state.wrong["discord"].startswith("A Discord ID has 15 to 20 digits.")
    assert state.cards["discord"].state == "unset"


async def test_the_providers_words_are_told(instance: Instance, state: ChannelsState) -> None:
    assert instance.sandbox is not None
    instance.sandbox.fail(Channel.DISCORD, "code:50278")

    await ChannelsState.send_code.fn(state, {"channel": "discord", "address": DISCORD_ID})

    assert "no mutual guilds (50278)" in state.wrong["discord"]


async def test_pressing_start_links_telegram(
    instance: Instance, alice: Person, state: ChannelsState
) -> None:
    wake = instance.bus.subscribe(alice.account_id)
    await ChannelsState.begin_link.fn(state, {"address": "@ada_lovelace"})
    assert state.link.startswith("https://t.me/pingpilot_sandbox_bot?start=")
    wake.clear()

    await ChannelsState.press_start.fn(state)
    await asyncio.wait_for(wake.wait(), 10)
    await state._show()

    assert (state.cards["telegram"].state, state.link) == ("ready", "")


async def test_a_test_message_arrives(instance: Instance, state: ChannelsState) -> None:
    await ChannelsState.send_test.fn(state, "email")

    trial = state.trials["email"]
    assert re.fullmatch(r"Email took the test message in \d+ ms\.", trial.title)
    assert (trial.arrived, state.trying) == (True, "")
    assert "queued as" in trial.words
    assert instance.sandbox is not None
    assert len(instance.sandbox.inbox.received(Channel.EMAIL)) == 1


async def test_a_channel_without_address_is_not_tested(state: ChannelsState) -> None:
    await ChannelsState.send_test.fn(state, "discord")

    trial = state.trials["discord"]
    assert (trial.arrived, trial.note) == (False, "Discord has no address yet.")


async def test_a_test_that_is_refused_says_why_and_what_to_do(
    instance: Instance, state: ChannelsState
) -> None:
    await ChannelsState.send_code.fn(state, {"channel": "discord", "address": DISCORD_ID})
    await ChannelsState.confirm.fn(state, {"channel": "discord", "code": last_code(instance)})
    assert instance.sandbox is not None
    instance.sandbox.fail(Channel.DISCORD, "code:50007")

    await ChannelsState.begin_test.fn(state, "discord")
    assert state.trying == "discord"
    await ChannelsState.send_test.fn(state, "discord")

    trial = state.trials["discord"]
    assert (trial.arrived, trial.words) == (False, "Cannot send messages to this user (50007)")
    assert trial.note == "Discord does not let the bot write to you."
    assert trial.steps[0].startswith("Join a server where the bot is")


async def test_the_link_is_a_picture_too(state: ChannelsState) -> None:
    await ChannelsState.begin_link.fn(state, {"address": "@ada_lovelace"})

    assert state.qr.startswith("data:image/svg+xml")
    assert state.link_until


async def test_a_link_that_is_too_old_is_not_shown(state: ChannelsState) -> None:
    await ChannelsState.begin_link.fn(state, {"address": "@ada_lovelace"})
    state._link_ends -= LINK_LIFETIME.total_seconds() + 1

    await state._show()

    assert (state.link, state.qr) == ("", "")
    assert state.wrong["telegram"].startswith("The link is too old")


async def test_the_last_day_is_told(
    instance: Instance, alice: Person, state: ChannelsState
) -> None:
    assert state.health["email"].sentence == "Nothing was sent here in the last 24 hours."
    await prepare(instance, alice)
    event_id = await send_event(instance, alice, "bug")
    await eventually(instance, alice.account_id, lambda: arrived(instance, alice, event_id))

    state._begin()
    await state._show()

    health = state.health["email"]
    assert (health.delivered, health.failed) == ("1", "0")
    assert health.sentence == "Everything of the last 24 hours arrived."


async def arrived(instance: Instance, person: Person, event_id: str) -> bool:
    """Tell whether the event has."""
    event = await instance.database.read(get_event, person.account_id, event_id)
    return event.status is EventStatus.DELIVERED


async def test_a_provider_that_the_operator_has_not_set_up_is_absent(
    make_settings: MakeSettings, data_dir: Path, enter: Enter
) -> None:
    person = await enter("dave@example.org")
    bare = Instance(make_settings(data_dir=data_dir))  # SANDBOX=off, and no token
    await bare.start()
    set_current(bare)
    state = state_of(ChannelsState, person.cookie)
    await state._show()
    await bare.stop()

    assert {card.state for card in state.cards.values()} == {"absent"}


async def test_a_bot_without_a_name_in_the_settings_is_asked_for_it(
    make_settings: MakeSettings, state: ChannelsState, instance: Instance, alice: Person
) -> None:
    telegram = instance.providers.telegram
    assert telegram is not None
    instance.providers.telegram = telegram.model_copy(update={"bot_username": ""})

    await ChannelsState.begin_link.fn(state, {"address": "@ada_lovelace"})

    assert state.link.startswith("https://t.me/pingpilot_sandbox_bot?start=")


async def test_a_channel_can_be_switched_off(state: ChannelsState) -> None:
    await ChannelsState.switch.fn(state, "discord", False)

    assert state.cards["discord"].enabled is False


async def break_email(instance: Instance, person: Person) -> None:
    """Mark the person's email as refused for good."""
    account_id, now = person.account_id, datetime.now(UTC)
    email = await instance.database.read(get_destination, account_id, Channel.EMAIL)
    why = Failure.MAILBOX_REFUSED, "550 No such user", now
    await instance.writer.run(account_id, mark_broken, email.id, email.address, *why)


async def test_a_broken_destination_says_why_and_what_to_do(
    instance: Instance, alice: Person, state: ChannelsState
) -> None:
    await break_email(instance, alice)
    await state._show()

    card = state.cards["email"]
    assert (card.state, card.trouble) == ("broken", "550 No such user")
    assert card.advice.startswith("The mail server takes no mail for your address.")
    assert card.trouble_at


async def test_a_test_that_arrives_mends_a_broken_destination(
    instance: Instance, alice: Person, state: ChannelsState
) -> None:
    await break_email(instance, alice)
    await state._show()

    await ChannelsState.send_test.fn(state, "email")

    assert (state.cards["email"].state, state.cards["email"].trouble) == ("ready", "")
    assert "works again" in state.trials["email"].note


async def test_an_outage_says_since_when_and_when_it_is_tried_next(
    instance: Instance, state: ChannelsState
) -> None:
    now = datetime.now(UTC)
    next_try = now + timedelta(minutes=1)
    silent = Failure.NO_ANSWER, "no answer in time", now, next_try
    outage = OutageView(Channel.EMAIL, WHOLE, None, *silent)
    await instance.writer.run(None, put_outage, outage)
    instance.bus.publish_all()

    await state._show()

    shown = state.cards["email"].outage
    assert shown.text == "The mail server has not answered since"
    assert shown.since < shown.retry_at
