"""`kill -9` under load: what was acknowledged is stored, counted and delivered."""

import asyncio
import os
import signal
import sqlite3
import sys
from collections import Counter
from contextlib import closing

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.sandbox import Sandbox

SERVER = (
    "from pingpilot_app import settings; from pingpilot_app.api.server import run_api; "
    "run_api(settings.load())"
)
ACKNOWLEDGED = 150  # before the kill


@pytest.fixture
async def outside_sandbox(free_ports):
    """Providers that survive the server."""
    sandbox = Sandbox(free_ports())
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def environment(data_dir, outside_sandbox, free_ports):
    """How the server is started, with the sandbox given as if it were the real providers."""
    http, smtp = outside_sandbox.http_port, outside_sandbox.smtp_port
    return os.environ | {
        "DATA_DIR": str(data_dir),
        "HOST": "127.0.0.1",
        "PORT": str(free_ports()),
        "SANDBOX": "off",
        "DISCORD_BOT_TOKEN": "sandbox",
        "DISCORD_API_URL": f"http://127.0.0.1:{http}/discord/api/v10",
        "TELEGRAM_BOT_TOKEN": "sandbox",
        "TELEGRAM_API_URL": f"http://127.0.0.1:{http}/telegram",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(smtp),
        "SMTP_TLS": "none",
    }


async def start(environment) -> asyncio.subprocess.Process:
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, env=environment)
    async with httpx.AsyncClient() as client, asyncio.timeout(30):
        while True:
            try:
                url = f"http://127.0.0.1:{environment['PORT']}/readyz"
                if (await client.get(url)).status_code == 200:
                    return server
            except httpx.HTTPError:
                await asyncio.sleep(0.05)


async def post_until(url: str, key: str, acknowledged: list[str], enough: asyncio.Event) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient() as client:
        while True:
            try:
                answer = await client.post(url, json={"category": "bug"}, headers=headers)
            except httpx.HTTPError:
                return
            assert answer.status_code == 200
            acknowledged.append(answer.json()["eventId"])
            if len(acknowledged) >= ACKNOWLEDGED:
                enough.set()


def rows(environment, query: str) -> list[tuple]:
    with closing(sqlite3.connect(f"{environment['DATA_DIR']}/pingpilot.db")) as connection:
        return connection.execute(query).fetchall()


async def all_settled(environment) -> None:
    async with asyncio.timeout(60):
        while rows(environment, "SELECT 1 FROM delivery WHERE status = 'PENDING' LIMIT 1"):  # noqa: ASYNC110  # another process's database
            await asyncio.sleep(0.1)


async def test_nothing_acknowledged_is_lost(environment, outside_sandbox, instance, tenant):
    await instance.stop()  # it made the account; the server takes its data over
    url = f"http://127.0.0.1:{environment['PORT']}/api/v1/event"
    acknowledged: list[str] = []
    enough = asyncio.Event()

    server = await start(environment)
    posting = [
        asyncio.create_task(post_until(url, tenant.key, acknowledged, enough)) for _ in range(16)
    ]
    await enough.wait()
    os.kill(server.pid, signal.SIGKILL)
    await asyncio.gather(*posting, server.wait())

    server = await start(environment)
    await all_settled(environment)
    server.terminate()
    await server.wait()

    stored = {event_id for (event_id,) in rows(environment, "SELECT id FROM event")}
    assert set(acknowledged) <= stored
    assert rows(environment, "SELECT used FROM quota_usage") == [(len(stored),)]
    assert rows(environment, "SELECT DISTINCT status FROM delivery") == [("DELIVERED",)]
    arrived = outside_sandbox.inbox.counts()
    assert all(arrived[channel] >= len(stored) for channel in Channel)
    assert max(mails_of_each_event(outside_sandbox).values()) <= 2


def mails_of_each_event(sandbox: Sandbox) -> Counter[str]:
    mails = sandbox.inbox.received(Channel.EMAIL)
    return Counter(dict(mail.payload["headers"])["X-Entity-Ref-ID"] for mail in mails)
