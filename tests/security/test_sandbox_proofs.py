"""What was proved to the sandbox was proved to nobody: it does not count at the real provider."""

import re
from datetime import UTC, datetime

import httpx

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery import codes
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.sandbox_switch import switch_sandbox
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.destinations import DestinationView, get_destination
from tests.conftest import tenant_on
from tests.delivery import test_sandbox_switch as given

real, running, at_real = given.real, given.running, given.working_settings

DISCORD, TELEGRAM, EMAIL = Channel
STRANGER_ID = "987654321098765432"
ADA = Actor("ada@example.org")


async def of(instance: Instance, account_id: str, channel: Channel) -> DestinationView:
    return await instance.database.read(get_destination, account_id, channel)


async def prove_in_sandbox(house: Instance, account_id: str) -> None:
    here = account_id, DISCORD, STRANGER_ID
    await codes.send_code(house, *here, actor=ADA)
    [message] = house.sandbox.inbox.received(DISCORD)
    code = re.search(r"code is (\d{6})", str(message.payload))
    await codes.confirm_code(house, account_id, DISCORD, code[1], actor=ADA)


async def test_what_was_proved_in_the_sandbox_is_not_at_the_provider(at_real, real):
    now = datetime.now(UTC)
    async with running(at_real()) as house:
        tenant = await tenant_on(house)
        await switch_sandbox(house, DISCORD, now, to_sandbox=True, actor=ADA)
        await prove_in_sandbox(house, tenant.account_id)
        assert (await of(house, tenant.account_id, DISCORD)).ready

        await switch_sandbox(house, DISCORD, now, to_sandbox=False, actor=ADA)

        found = await of(house, tenant.account_id, DISCORD)
        assert (found.ready, found.address, found.sandboxed) == (False, STRANGER_ID, True)
    assert real.inbox.counts()["discord"] == 0


async def test_it_is_noticed_at_a_restart_with_credentials_too(at_real, real):
    async with running(at_real(sandbox="on")) as before:
        tenant = await tenant_on(before)
        await prove_in_sandbox(before, tenant.account_id)

    async with running(at_real()) as after:
        assert not (await of(after, tenant.account_id, DISCORD)).ready
    assert real.inbox.counts()["discord"] == 0


async def test_what_was_proved_at_the_provider_or_on_the_operators_word_stays(at_real):
    now = datetime.now(UTC)
    async with running(at_real()) as house:
        tenant = await tenant_on(house)  # set as the command line does
        for to_sandbox in (True, False):
            for channel in Channel:
                await switch_sandbox(house, channel, now, to_sandbox=to_sandbox, actor=ADA)
        for channel in Channel:
            assert (await of(house, tenant.account_id, channel)).ready


async def test_what_waits_when_a_channel_turns_real_does_not_go_out(at_real, real):
    """A delivery to an address that only the sandbox knows is failed, not sent."""
    now = datetime.now(UTC)
    async with running(at_real()) as house:
        tenant = await tenant_on(house)
        await switch_sandbox(house, DISCORD, now, to_sandbox=True, actor=ADA)
        await prove_in_sandbox(house, tenant.account_id)
        house.sandbox.fail(DISCORD, "code:500", None)
        transport = httpx.ASGITransport(create_api(house))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            post = {"json": {"category": "bug"}, "headers": tenant.headers}
            assert (await client.post("/api/v1/event", **post)).status_code == 200
            await switch_sandbox(house, DISCORD, now, to_sandbox=False, actor=ADA)
            assert (await client.post("/api/v1/event", **post)).status_code == 403
            path = "/api/v1/events/replay"
            body = {"since": "2020-01-01T00:00:00Z"}
            await client.post(path, json=body, headers=tenant.headers)
    assert real.inbox.counts()["discord"] == 0
