"""The sandbox, and a client that speaks to it."""

from collections.abc import AsyncIterator

import httpx
import pytest

from pingpilot_app.sandbox import Sandbox


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(0, known_chats="strict")
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": "Bot x", "User-Agent": "DiscordBot (https://x.example, 1)"}
    base = f"http://127.0.0.1:{sandbox.http_port}"
    async with httpx.AsyncClient(base_url=base, headers=headers) as client:
        yield client
