"""`replay`: counts, asks, and sends again, through the public API."""

import asyncio
import os
import sys

import pytest

from pingpilot_app.api.app import create_api
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.server import EmbeddedServer


@pytest.fixture
async def run(instance, tenant):
    """Runs the command against the instance's API and returns its output."""
    server = EmbeddedServer(create_api(instance))
    port = await server.start(0)
    environment = os.environ | {"PINGPILOT_API_KEY": tenant.key}

    async def run(*arguments: str, answer: str = "") -> str:
        command = (sys.executable, "-m", "pingpilot_app", "replay", "--url")
        process = await asyncio.create_subprocess_exec(
            *(*command, f"http://127.0.0.1:{port}", *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env=environment,
        )
        output, _ = await process.communicate(answer.encode())
        return output.decode()

    yield run
    await server.stop()


@pytest.fixture
async def failed(instance, send, settled) -> str:
    instance.sandbox.fail(Channel.EMAIL, "code:554", 1)
    event_id = await send()
    await settled(event_id)
    return event_id


async def test_it_counts_first_and_does_nothing_without_a_yes(run, failed, settled):
    output = await run("--since", "1h", answer="n\n")
    assert "1 deliveries of 1 events failed." in output
    assert (await settled(failed))["status"] == "FAILED"


async def test_with_a_yes_it_sends_again(run, failed, settled):
    assert "on their way" in await run("--since", "1h", answer="y\n")
    assert (await settled(failed))["status"] == "DELIVERED"


async def test_where_nothing_failed_it_asks_nothing(run, instance):
    output = await run("--since", "1h", "--channel", "discord")
    assert "0 deliveries of 0 events failed." in output
    assert "again" not in output


async def test_a_time_that_is_none_is_told(run, instance):
    assert "span of time" in await run("--since", "yesterday")
