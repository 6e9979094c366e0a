"""A channel moves between its provider and the sandbox while PingPilot runs.

A second sandbox plays the real providers.
"""

from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.sandbox_switch import outlet_of, switch_sandbox
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Unavailable
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.settings import Role
from pingpilot_app.storage.diversions import divert

DISCORD, TELEGRAM, EMAIL = Channel
OPERATOR = Actor("alice@example.org")


@pytest.fixture
async def real():
    """What stands for Discord, Telegram and a mail server out there."""
    sandbox = Sandbox(0)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def working_settings(make_settings, free_ports, real):
    """Settings with credentials for all three."""
    url = f"http://127.0.0.1:{real.http_port}"

    def make(**overrides):
        given = {
            "pingpilot_role": "all",
            "sandbox": "auto",
            "sandbox_port": free_ports(),
            "discord_bot_token": "a-real-token",
            "discord_api_url": f"{url}/discord/api/v10",
            "telegram_bot_token": "1:real",
            "telegram_api_url": f"{url}/telegram",
            "smtp_host": "127.0.0.1",
            "smtp_port": real.smtp_port,
            "smtp_tls": "none",
        }
        return make_settings(**(given | overrides))

    return make


def now() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def running(settings):
    """Run an instance with these settings."""
    instance = Instance(settings)
    await instance.start()
    try:
        yield instance
    finally:
        await instance.stop()


async def test_with_credentials_all_goes_to_the_providers(instance, real, send, settled):
    assert (await settled(await send()))["status"] == "DELIVERED"

    assert real.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}
    assert instance.sandbox is None


async def test_a_switched_channel_goes_to_the_sandbox_at_once(instance, real, send, settled):
    await settled(await send())

    for channel in Channel:
        assert (
            await switch_sandbox(instance, channel, now(), to_sandbox=True, actor=OPERATOR)
        ).sandboxed
    assert (await settled(await send()))["status"] == "DELIVERED"

    assert real.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}
    assert instance.sandbox.inbox.counts() == {"discord": 1, "telegram": 1, "email": 1}


async def test_switched_back_it_goes_out_again(instance, real, send, settled):
    await switch_sandbox(instance, EMAIL, now(), to_sandbox=True, actor=OPERATOR)
    await switch_sandbox(instance, EMAIL, now(), to_sandbox=False, actor=OPERATOR)

    assert (await settled(await send()))["status"] == "DELIVERED"
    assert real.inbox.counts()["email"] == 1


async def test_a_provider_that_is_down_is_forgotten_with_the_switch(
    instance, real, send, settled, delivery
):
    real.fail(EMAIL, "code:535", None)
    event_id = await send()
    await delivery(event_id, EMAIL, lambda one: one["attempts"] or one["error"])

    await switch_sandbox(instance, EMAIL, now(), to_sandbox=True, actor=OPERATOR)

    await delivery(await send(), EMAIL, lambda one: one["status"] == "DELIVERED")


async def test_the_choice_outlives_a_restart(working_settings):
    settings = working_settings()
    async with running(settings) as before:
        await switch_sandbox(before, DISCORD, now(), to_sandbox=True, actor=OPERATOR)

    async with running(settings) as after:
        assert outlet_of(after, DISCORD).sandboxed
        assert not outlet_of(after, TELEGRAM).sandboxed


async def test_another_process_follows(instance, real, send, settled, eventually):
    """A process that serves the dashboard alone makes the choice; the worker sends."""
    async with running(instance.settings.model_copy(update={"pingpilot_role": Role.WEB})) as web:
        assert (await switch_sandbox(web, EMAIL, now(), to_sandbox=True, actor=OPERATOR)).sandboxed
        assert web.sandbox is None

    async def followed():
        return outlet_of(instance, EMAIL).sandboxed

    await eventually(followed, "anybody")
    await settled(await send())
    assert instance.sandbox.inbox.counts()["email"] == 1


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        ({"sandbox": "on"}, "SANDBOX=on pins every channel to the sandbox."),
        ({"sandbox": "off"}, "DISCORD_BOT_TOKEN is set, and SANDBOX=off pins it."),
        ({"discord_bot_token": None}, "DISCORD_BOT_TOKEN is not set although its address is."),
        (
            {"discord_bot_token": None, "discord_api_url": None},
            "DISCORD_BOT_TOKEN is not set, so SANDBOX=auto plays its part.",
        ),
        (
            {"sandbox": "off", "discord_bot_token": None},
            "DISCORD_BOT_TOKEN is not set, and SANDBOX=off allows no stand-in.",
        ),
    ],
)
async def test_what_a_setting_pins_is_not_switched(working_settings, overrides, says):
    async with running(working_settings(**overrides)) as pinned:
        outlet = outlet_of(pinned, DISCORD)
        assert not outlet.movable
        assert outlet.why.startswith(says)
        with pytest.raises(Invalid, match=r"DISCORD_BOT_TOKEN|SANDBOX"):
            await switch_sandbox(
                pinned, DISCORD, now(), to_sandbox=not outlet.sandboxed, actor=OPERATOR
            )


async def test_a_pinned_instance_ignores_an_earlier_choice(working_settings, database):
    with database.transaction() as connection:
        divert(connection, EMAIL, now())

    async with running(working_settings(sandbox="off")) as pinned:
        assert not outlet_of(pinned, EMAIL).sandboxed


async def test_without_a_free_port_nothing_is_switched(working_settings, real):
    async with running(working_settings(sandbox_port=real.http_port)) as instance:
        with pytest.raises(Unavailable, match="SANDBOX_PORT"):
            await switch_sandbox(instance, EMAIL, now(), to_sandbox=True, actor=OPERATOR)

        assert not outlet_of(instance, EMAIL).sandboxed


async def test_the_outlets_of_before_are_closed_too(working_settings):
    async with running(working_settings()) as instance:
        before = instance.outlets.new_client(DISCORD)
        await switch_sandbox(instance, DISCORD, now(), to_sandbox=True, actor=OPERATOR)
        after = instance.outlets.new_client(DISCORD)
        assert not before.is_closed  # what was being sent goes on

    assert before.is_closed
    assert after.is_closed
