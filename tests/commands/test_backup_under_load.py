"""A backup of a busy server is whole, holds nobody up, and starts again somewhere else."""

import asyncio
import os
import shutil
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.faults import Fault
from pingpilot_app.sandbox.sandbox import Sandbox

SERVER = (
    "from pingpilot_app import settings; from pingpilot_app.api.server import run_api; "
    "run_api(settings.load())"
)
PINGPILOT = (sys.executable, "-m", "pingpilot_app")
SHORT_OF_ROOM = (
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (65536, 65536)); "
    "from pingpilot_app.__main__ import main; main()"
)
SEEDED = 10_000  # events, so that copying takes a moment
ACKNOWLEDGED = 50  # before the backup
POSTING = 4  # clients at once


@dataclass(frozen=True)
class Backup:
    """A copy that was made under load, and what was acknowledged by when."""

    file: Path
    before: frozenset[str]  # when the command was started
    meanwhile: int  # while the copy was made and checked


@pytest.fixture
async def providers(free_ports):
    """Providers that both servers deliver to; Discord does not answer at first."""
    sandbox = Sandbox(free_ports())
    await sandbox.start()
    sandbox.faults.plan(Channel.DISCORD, Fault("timeout"), times=None)
    yield sandbox
    await sandbox.stop()


@pytest.fixture
def environment(data_dir, providers, free_ports):
    """How the commands are run, with the sandbox given as if it were the real providers."""
    http = f"http://127.0.0.1:{providers.http_port}"
    unhurried = ("DISCORD_RATE", "TELEGRAM_RATE", "TELEGRAM_CHAT_RATE")
    return os.environ | {
        "DATA_DIR": str(data_dir),
        "HOST": "127.0.0.1",
        "PORT": str(free_ports()),
        "SANDBOX": "off",
        "DISCORD_BOT_TOKEN": "sandbox",
        "DISCORD_API_URL": f"{http}/discord/api/v10",
        "TELEGRAM_BOT_TOKEN": "sandbox",
        "TELEGRAM_API_URL": f"{http}/telegram",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(providers.smtp_port),
        "SMTP_TLS": "none",
        **dict.fromkeys(unhurried, "100000"),
    }


@asynccontextmanager
async def serving(environment: Mapping[str, str]):
    """Run a server and give the address that events go to."""
    url = f"http://127.0.0.1:{environment['PORT']}"
    server = await asyncio.create_subprocess_exec(sys.executable, "-c", SERVER, env=environment)
    try:
        await _ready(url, server)
        yield f"{url}/api/v1/event"
    finally:
        server.terminate()
        await server.wait()


async def _ready(url: str, server: asyncio.subprocess.Process) -> None:
    async with httpx.AsyncClient() as client, asyncio.timeout(30):
        while server.returncode is None:
            try:
                if (await client.get(f"{url}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)  # between two looks; the condition is /readyz
    raise AssertionError("the server ended")


@asynccontextmanager
async def posting(url: str, key: str):
    """Post events until the end and give the ids that were acknowledged so far."""
    acknowledged: list[str] = []

    async def post() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx.AsyncClient(headers=headers) as client:
            while True:
                answer = await client.post(url, json={"category": "bug"})
                assert answer.status_code == 200, answer.text
                acknowledged.append(answer.json()["eventId"])

    tasks = [asyncio.create_task(post()) for _ in range(POSTING)]
    try:
        yield acknowledged
        assert not any(task.done() for task in tasks)  # none was refused or cut off
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def until(look, process: asyncio.subprocess.Process | None = None) -> None:
    """Wait until `look()` is true, a minute at most."""
    async with asyncio.timeout(60):
        while not look():  # what is waited for happens in another process
            assert process is None or process.returncode is None
            await asyncio.sleep(0.01)


async def command(environment: Mapping[str, str], *arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(*PINGPILOT, *arguments, env=environment)


def rows(file: Path, query: str) -> list[tuple]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture
async def backup(environment, data_dir, tmp_path_factory, instance, tenant, providers):
    """A backup that was made while events were accepted and Discord kept all waiting."""
    await instance.stop()  # it made the account; the server takes its data over
    assert await (await command(environment, "seed", "--events", str(SEEDED))).wait() == 0
    file = tmp_path_factory.mktemp("backup") / "copy.db"
    async with serving(environment) as url, posting(url, tenant.key) as acknowledged:
        await until(lambda: len(acknowledged) >= ACKNOWLEDGED)
        before = frozenset(acknowledged)
        copying = await command(environment, "backup", str(file))
        assert await copying.wait() == 0
        meanwhile = len(acknowledged) - len(before)
        providers.faults.clear()  # or the server, as it ends, waits for what is under way
    return Backup(file, before, meanwhile)


async def test_a_backup_under_load_is_whole_and_holds_nobody_up(backup):
    assert rows(backup.file, "PRAGMA integrity_check") == [("ok",)]
    assert rows(backup.file, "PRAGMA foreign_key_check") == []
    assert backup.before <= {event_id for (event_id,) in rows(backup.file, "SELECT id FROM event")}
    assert backup.meanwhile > 0


async def test_restored_elsewhere_it_delivers_what_was_waiting(
    backup, environment, data_dir, tmp_path_factory
):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for key in ("secret.key", "encryption.keys"):
        shutil.copy(data_dir / key, elsewhere)
    environment = environment | {"DATA_DIR": str(elsewhere)}
    database = elsewhere / "pingpilot.db"
    pending = "SELECT event_id FROM delivery WHERE status = 'PENDING'"

    assert await (await command(environment, "restore", str(backup.file))).wait() == 0
    assert len(rows(database, pending)) >= ACKNOWLEDGED
    async with serving(environment):
        await until(lambda: not rows(database, pending))

    sent = "SELECT DISTINCT status FROM event WHERE description NOT LIKE 'Seeded%'"
    assert rows(database, sent) == [("DELIVERED",)]


async def test_a_backup_without_room_says_so_and_leaves_nothing(data_dir, tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    copying = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SHORT_OF_ROOM, "backup", str(folder / "copy.db")),
        env=os.environ | {"DATA_DIR": str(data_dir)},
        stderr=asyncio.subprocess.PIPE,
    )
    _, told = await copying.communicate()
    assert "Check the disk and its room" in told.decode()
    assert list(folder.iterdir()) == []


async def test_a_backup_is_one_file_that_opens_where_nothing_can_be_written(
    data_dir, tmp_path_factory
):
    file = tmp_path_factory.mktemp("backup") / "copy.db"
    environment = os.environ | {"DATA_DIR": str(data_dir)}
    assert await (await command(environment, "backup", str(file))).wait() == 0
    assert rows(file, "PRAGMA journal_mode") == [("delete",)]
    assert list(file.parent.iterdir()) == [file]
