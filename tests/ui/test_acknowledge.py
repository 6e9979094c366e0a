"""The sandbox's buttons, the category that asks, and the mail's page for who is signed in."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime

import httpx
import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_link import claim_token
from pingpilot_app.storage.categories import list_categories
from pingpilot_app.storage.claims import ClaimView, claims_of
from pingpilot_app.storage.destinations import get_destination, set_enabled
from pingpilot_app.ui.claim import claim_app
from pingpilot_app.ui.pages.categories import CategoriesState
from pingpilot_app.ui.pages.sandbox import SandboxState
from tests.conftest import MakeSettings, tenant_on
from tests.ui.conftest import Person, eventually, says, send_event, state_of, with_sandbox

PATH = "/api/v1/discord/interactions"


@pytest.fixture
async def instance(
    make_settings: MakeSettings, free_ports: Callable[[], int]
) -> AsyncIterator[Instance]:
    """An instance with its sandbox, which reaches the API."""
    async with with_sandbox(make_settings, free_ports()) as instance:
        transport = httpx.ASGITransport(create_api(instance))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as api:

            async def post(_url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
                return await api.post(PATH, content=body, headers=headers)

            assert instance.sandbox is not None
            instance.sandbox.discord.presses.post = post
            yield instance


async def claim_on(instance: Instance, person: Person, event_id: str) -> ClaimView | None:
    return (await instance.database.read(claims_of, person.account_id, [event_id])).get(event_id)


async def sent(instance: Instance) -> tuple[str, str]:
    """Send an event to all three channels of an account; return account and event."""
    tenant = await tenant_on(instance, "dora@example.org")
    person = Person("dora@example.org", tenant.account_id, "")
    event_id = await send_event(instance, person, "bug")

    async def arrived() -> bool:
        assert instance.sandbox is not None
        return all(instance.sandbox.inbox.received(one) for one in Channel)

    await eventually(instance, "sandbox", arrived)
    return tenant.account_id, event_id


@pytest.mark.parametrize("channel", [Channel.DISCORD, Channel.TELEGRAM])
async def test_the_operator_presses_a_button_in_the_sandbox(
    instance: Instance, alice: Person, channel: Channel
) -> None:
    account_id, event_id = await sent(instance)
    state = state_of(SandboxState, alice.cookie)
    await state._show()
    shown = {Channel.DISCORD: state.discord, Channel.TELEGRAM: state.telegram}[channel][0]
    assert shown.button == "👤 I'm on it"
    press = {
        Channel.DISCORD: SandboxState.press_discord,
        Channel.TELEGRAM: SandboxState.press_telegram,
    }[channel]
    await press.fn(state, shown.reference)

    assert event_id in await instance.database.read(claims_of, account_id, [event_id])


async def test_a_message_without_button_says_so(instance: Instance, alice: Person) -> None:
    state = state_of(SandboxState, alice.cookie)
    for press in (SandboxState.press_discord, SandboxState.press_telegram):
        assert says(await press.fn(state, "5"), "no button")
        assert await press.fn(state, {"reference": 5}) is None


async def test_a_category_asks_who_is_on_it_as_long_as_it_is_ticked(
    instance: Instance, alice: Person
) -> None:
    state = state_of(CategoriesState, alice.cookie)
    form = {"name": "deploy", "color": "#4c6ef5", "emoji": ""}
    await CategoriesState.create.fn(state, form | {"acknowledge": "on"})
    await state._show()
    assert [row.acknowledge for row in state.rows] == [True]
    state.editing = "deploy"
    await CategoriesState.change.fn(state, form)

    (found,) = await instance.database.read(list_categories, alice.account_id)
    assert not found.acknowledge


async def test_a_member_claims_as_themselves_by_the_link_of_a_mail(
    instance: Instance, alice: Person, bob: Person, vera: Person, charlie: Person
) -> None:
    state = state_of(CategoriesState, alice.cookie)
    await CategoriesState.quick_start.fn(state)
    destination = await instance.database.read(get_destination, alice.account_id, Channel.EMAIL)
    assert destination.address is not None
    told = {}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(claim_app(instance)), base_url="http://test"
    ) as browser:
        for person in (bob, vera, charlie):
            event_id = await _event(instance, alice)
            token = claim_token(instance.pepper, destination.id, destination.address, event_id)
            answer = await browser.post(f"/claim/{token}", headers={"cookie": person.cookie})
            claim = await claim_on(instance, alice, event_id)
            told[person.email] = (answer.status_code, claim.name if claim else None)

    assert told == {
        "bob@example.org": (200, "bob"),
        "vera@example.org": (403, None),
        "charlie@example.org": (200, "alice"),
    }


async def _event(instance: Instance, person: Person) -> str:
    mine, now = person.account_id, datetime.now(UTC)
    for channel in (Channel.DISCORD, Channel.TELEGRAM):
        await instance.writer.run(mine, set_enabled, mine, channel, False, now)
    return await send_event(instance, person, "bug")
