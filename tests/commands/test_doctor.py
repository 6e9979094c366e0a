"""The doctor, run for real: on a running instance, and on everything that can be wrong with one."""

import asyncio
import json
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import update
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pingpilot_app import settings as settings_module
from pingpilot_app.__main__ import main
from pingpilot_app.api.app import create_api
from pingpilot_app.commands.doctor import clock, database, messages, server
from pingpilot_app.commands.doctor import providers as providers_part
from pingpilot_app.commands.doctor.finding import Finding, State, ok
from pingpilot_app.commands.doctor.providers import Checked
from pingpilot_app.delivery.clock import system_clock
from pingpilot_app.delivery.data_lock import DataLock
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, new_api_key
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.plan import Plan
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.sandbox.server import EmbeddedServer
from pingpilot_app.senders.sender import Identity
from pingpilot_app.settings import Settings
from pingpilot_app.storage import accounts, api_keys, destinations, migrations, tables
from pingpilot_app.storage.database import Database

ADDRESSES = {Channel.DISCORD: "123456789012345678", Channel.TELEGRAM: "424242"}
NOW = datetime(2026, 5, 1, tzinfo=UTC)
REAL = {
    "DISCORD_BOT_TOKEN": "token",
    "TELEGRAM_BOT_TOKEN": "123:token",
    "TELEGRAM_BOT_USERNAME": "pingpilot_sandbox_bot",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_TLS": "none",
}


@pytest.fixture(autouse=True)
def environment(data_dir, monkeypatch, free_ports):
    """Settings of a folder, a port and a sandbox of one's own."""
    ports = {"PORT": str(free_ports()), "SANDBOX_PORT": str(free_ports())}
    for name, value in {"DATA_DIR": str(data_dir), "HOST": "127.0.0.1", **ports}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(data_dir)


@pytest.fixture
def set_env(monkeypatch):
    """Sets several settings."""

    def set_env(**values: str) -> Settings:
        for name, value in values.items():
            monkeypatch.setenv(name, value)
        return settings_module.load()

    return set_env


@pytest.fixture
def doctor():
    """Runs the command beside this test's event loop, in which servers can run."""

    async def doctor(*options: str, code: int) -> str:
        result = await asyncio.to_thread(CliRunner().invoke, main, ["doctor", *options])
        assert result.exit_code == code, result.output
        return result.output

    return doctor


@pytest.fixture
async def instance():
    """A working instance with its sandbox, on PORT."""
    instance = Instance(settings_module.load())
    await instance.start()
    serving = EmbeddedServer(create_api(instance))
    await serving.start(instance.settings.port)
    yield instance
    await serving.stop()
    await instance.stop()


@pytest.fixture
async def providers(set_env):
    """Stand-ins that PingPilot takes for the real ones, since they are not on SANDBOX_PORT."""
    sandbox = Sandbox(0, known_chats="strict")
    sandbox.telegram.register_chat(424242)
    await sandbox.start()
    url = f"http://127.0.0.1:{sandbox.http_port}"
    addresses = {"DISCORD_API_URL": f"{url}/discord/api/v10", "TELEGRAM_API_URL": f"{url}/telegram"}
    set_env(**REAL, **addresses, SMTP_PORT=str(sandbox.smtp_port))
    yield sandbox
    await sandbox.stop()


def open_account(database: Database, email: str = "ada@example.org", **addresses: str) -> str:
    """Open an account with all channels on and set."""
    given = {channel: addresses.get(channel, address) for channel, address in ADDRESSES.items()}
    with database.transaction() as connection:
        account_id = accounts.open_account(connection, email, None, Plan.FREE, NOW)
        for channel, address in given.items():
            destinations.set_address(
                connection, account_id, channel, NOW, label=address, address=address, verified=True
            )
    return account_id


def line(output: str, *words: str) -> str:
    """Return the line that holds all words."""
    found = [one for one in output.splitlines() if all(word in one for word in words)]
    assert found, f"no line with {words} in:\n{output}"
    return found[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- The whole ------------------------------------------------------------------------------------


async def test_a_running_instance_is_well_and_every_destination_gets_a_message(
    database, instance, doctor
):
    open_account(database)
    output = await doctor(code=0)
    assert output.endswith("\nAll is well.\n")
    assert {one.channel for one in instance.sandbox.inbox.received()} == set(Channel)


async def test_what_came_back_is_told_of_each_destination(database, instance, doctor):
    open_account(database)
    output = await doctor(code=0)
    told = [one for one in output.splitlines() if "→" in one]
    assert [one.split("·")[1].split()[0] for one in told] == ["discord", "email", "telegram"]
    assert line(output, "discord 123456789012345678 → taken as 14").startswith("ok ")


async def test_without_messages_none_is_sent(database, instance, doctor):
    open_account(database)
    await doctor("--no-messages", code=0)
    assert instance.sandbox.inbox.received() == []


async def test_offline_looks_at_settings_and_database_alone(doctor):
    output = await doctor("--offline", code=0)
    assert "server " not in output
    assert "not looked at" in line(output, "note", "offline")


async def test_machines_get_one_document(instance, doctor):
    found = json.loads(await doctor("--json", code=0))
    assert {frozenset(one) for one in found} == {frozenset(("state", "part", "message"))}
    assert {one["state"] for one in found} == {"ok", "note"}


async def test_an_account_is_not_named_where_no_message_is_sent(doctor):
    assert "--account" in await doctor("--account", "ada@example.org", "--offline", code=2)


def test_what_strangers_wrote_cannot_steer_the_terminal():
    assert "\x1b" not in ok("message", "ada\x1b[2J").message


# --- Settings -------------------------------------------------------------------------------------


async def test_a_bad_setting_is_named(set_env, doctor, monkeypatch):
    monkeypatch.setenv("PORT", "x")
    output = await doctor(code=1)
    assert line(output, "PORT is not usable").startswith("BAD ")
    assert output.endswith("\n1 thing to mend.\n")


@pytest.mark.parametrize(
    ("state", "words", "values"),
    [
        ("BAD", "SMTP_USERNAME", {"SMTP_USERNAME": "ada"}),
        ("BAD", "SMTP_PASSWORD", {"SMTP_PASSWORD": "secret-word"}),
        ("BAD", "TELEGRAM_BOT_USERNAME", {"TELEGRAM_BOT_USERNAME": ""}),
        ("BAD", "EMAIL_FROM ends", {"SMTP_HOST": "mail.example.org"}),
        ("note", "EMAIL_FROM ends", {}),
        ("BAD", "EMAIL_FROM holds", {"EMAIL_FROM": "PingPilot"}),
        ("note", "SMTP_TLS", {"SMTP_HOST": "192.0.2.1", "EMAIL_FROM": "a@example.org"}),
        ("note", "PUBLIC_URL", {}),
        ("note", "SMTP_HOST", {"SMTP_HOST": "", "SMTP_USERNAME": "ada"}),
    ],
)
async def test_settings_that_do_not_go_together_are_told(set_env, doctor, state, words, values):
    set_env(**REAL | values)
    output = await doctor("--offline", code=1 if state == "BAD" else 0)
    assert line(output, "settings", words).startswith(state)
    assert "secret-word" not in output


async def test_settings_that_go_together_are_not_complained_about(set_env, doctor):
    sound = {"PUBLIC_URL": "https://pings.example.org", "EMAIL_FROM": "pings@example.org"}
    set_env(**REAL | sound)
    assert "note  settings" not in await doctor("--offline", code=0)


async def test_a_relative_folder_is_told_where_it_may_mean_another(set_env, doctor, data_dir):
    set_env(DATA_DIR=".")
    assert "relative" in line(await doctor("--offline", code=0), "note", "settings")


# --- Database -------------------------------------------------------------------------------------


async def test_where_nothing_was_started_nothing_is_made(set_env, doctor, tmp_path):
    set_env(DATA_DIR=str(tmp_path / "fresh"))
    output = await doctor(code=1)
    assert "nothing was started here yet" in line(output, "BAD", "database")
    assert not (tmp_path / "fresh").exists()


async def test_a_stopped_instance_stays_as_it_is(database, data_dir, doctor):
    open_account(database)
    database.close()
    before = contents(data_dir)
    await doctor(code=1)
    assert contents(data_dir) == before


async def test_a_database_that_is_behind_is_told_and_not_migrated(database, data_dir, doctor):
    migrations.downgrade(database, "0001")
    output = await doctor("--offline", code=1)
    assert "python -m pingpilot_app migrate" in line(output, "BAD", "schema", "0002")
    with database.read_engine.connect() as connection:
        assert migrations.level(connection).current == "0001"


async def test_a_database_of_a_newer_version_is_told(database, doctor):
    with database.transaction() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert "newer" in line(await doctor("--offline", code=1), "BAD", "schema", "9999")


async def test_an_empty_database_is_told(set_env, doctor, tmp_path):
    (tmp_path / "fresh").mkdir()
    (tmp_path / "fresh" / "pingpilot.db").touch()
    set_env(DATA_DIR=str(tmp_path / "fresh"))
    assert "empty" in line(await doctor("--offline", code=1), "BAD", "schema")


async def test_what_is_no_database_is_told(data_dir, doctor):
    (data_dir / "pingpilot.db").write_bytes(b"noise" * 1000)
    assert "restore" in line(await doctor("--offline", code=1), "BAD", "database")


async def test_damaged_pages_are_told(database, data_dir, doctor):
    open_account(database)
    database.close()
    _scratch(data_dir / "pingpilot.db")
    assert "restore" in line(await doctor("--offline", code=1), "BAD", "database")


def _scratch(file: Path) -> None:
    """Overwrite the accounts' page, which the doctor's own queries do not read."""
    with closing(sqlite3.connect(file)) as connection:
        query = "SELECT rootpage FROM sqlite_schema WHERE name = 'account'"
        (page,), (size,) = connection.execute(query).fetchone(), _page_size(connection)
    with file.open("r+b") as damaged:
        damaged.seek((page - 1) * size)
        damaged.write(b"\xff" * 100)


def _page_size(connection: sqlite3.Connection) -> tuple[int]:
    size: tuple[int] = connection.execute("PRAGMA page_size").fetchone()
    return size


async def test_a_database_without_wal_is_told(data_dir, doctor):
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as connection:
        connection.execute("PRAGMA journal_mode=DELETE")
    assert line(await doctor("--offline", code=0), "WAL").startswith("note")


@pytest.fixture
def unwritable(data_dir) -> Iterator[Path]:
    """A data directory that this process may read and not write; root becomes nobody for it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "pingpilot.db").write_bytes((data_dir / "pingpilot.db").read_bytes())
        (folder / "pingpilot.db").chmod(0o444)
        folder.chmod(0o555)
        user = os.geteuid()
        if user == 0:
            os.seteuid(65_534)
        yield folder
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_written_is_told(make_settings, unwritable):
    found = list(database.look(make_settings(data_dir=unwritable)))
    assert [one.state for one in found if "cannot write to" in one.message] == [State.BAD]
    assert "schema" in {one.part for one in found if one.state is State.OK}


def test_a_folder_where_none_can_be_made_is_told(make_settings, unwritable):
    found = list(database.look(make_settings(data_dir=unwritable / "fresh")))
    assert "cannot write to" in found[1].message


def test_a_full_disk_is_told(make_settings):
    found = list(database.look(make_settings(), free_min=2**70))
    assert [one.state for one in found if one.part == "disk"] == [State.BAD]


async def test_keys_whose_secret_is_gone_are_told(database, data_dir, doctor):
    account_id = open_account(database)
    with database.transaction() as connection:
        key = new_api_key()
        api_keys.add_api_key(connection, account_id, "ci", key, b"hash", DEFAULT_SCOPES, NOW)
    assert "secret.key is missing" in line(await doctor("--offline", code=1), "BAD", "secret")


@pytest.mark.parametrize("url", ["postgresql://ada:hunter22@127.0.0.1:1/x", "sqlite://"])
async def test_a_database_that_cannot_be_used_is_told_without_its_password(set_env, doctor, url):
    set_env(DATABASE_URL=url)
    output = await doctor("--offline", code=1)
    assert "DATABASE_URL" in line(output, "BAD", "database")
    assert "hunter22" not in output


async def test_postgresql_is_told_what_was_skipped(set_env, doctor):
    set_env(DATABASE_URL="postgresql://127.0.0.1:1/x")
    assert "skipped" in line(await doctor("--offline", code=1), "note", "database")


# --- Server ---------------------------------------------------------------------------------------


async def test_a_server_that_does_not_run_is_told(doctor):
    assert "make run" in line(await doctor(code=1), "BAD", "server", "Nothing answers")


async def test_a_server_on_another_port_is_guessed(data_dir, doctor):
    lock = DataLock(data_dir)
    lock.acquire()
    output = await doctor(code=1)
    lock.release()
    assert "Another PingPilot works" in line(output, "BAD", "server")


async def test_another_program_on_the_port_is_told(doctor, set_env, providers):
    set_env(PORT=str(providers.http_port))
    assert "is not PingPilot" in line(await doctor("--no-messages", code=1), "BAD", "server")


async def test_a_server_that_is_not_ready_is_told(doctor):
    serving = EmbeddedServer(create_api(Instance(settings_module.load())))
    await serving.start(settings_module.load().port)
    output = await doctor("--no-messages", code=1)
    await serving.stop()
    assert "started" in line(output, "BAD", "server")


@pytest.mark.parametrize(("held", "state"), [(True, State.OK), (False, State.NOTE)])
def test_a_server_without_a_worker_wants_one_beside_it(make_settings, data_dir, held, state):
    lock = DataLock(data_dir)
    if held:
        lock.acquire()
    found = list(server.judge(make_settings(), server.Health({"database": "ok", "writer": "ok"})))
    lock.release()
    assert [one.state for one in found if one.part == "worker"] == [state]


# --- Providers ------------------------------------------------------------------------------------


async def test_providers_that_take_the_credentials_are_named(doctor, providers):
    output = await doctor("--no-messages", code=1)
    assert line(output, "discord", "PingPilot sandbox").startswith("ok ")
    assert line(output, "telegram", "pingpilot_sandbox_bot").startswith("ok ")
    assert line(output, "email").startswith("ok ")


async def test_a_refused_token_is_told_and_not_shown(doctor, providers, set_env):
    set_env(TELEGRAM_BOT_TOKEN="invalid")
    output = await doctor("--no-messages", code=1)
    assert "Set TELEGRAM_BOT_TOKEN anew" in line(output, "BAD", "telegram", "Unauthorized")


@pytest.mark.parametrize(
    ("channel", "values"),
    [
        ("discord", {"DISCORD_API_URL": "http://127.0.0.1:1"}),
        ("telegram", {"TELEGRAM_API_URL": "http://127.0.0.1:1"}),
        ("email", {"SMTP_PORT": "1"}),
    ],
)
async def test_a_provider_that_cannot_be_reached_is_told(
    doctor, providers, set_env, channel, values
):
    set_env(**values)
    assert "Check the network" in line(await doctor("--no-messages", code=1), "BAD", channel)


async def test_a_username_that_is_not_the_tokens_is_told(doctor, providers, set_env):
    set_env(TELEGRAM_BOT_USERNAME="@another_bot")
    output = await doctor("--no-messages", code=1)
    assert "link another bot" in line(output, "BAD", "telegram", "another_bot")


async def test_a_sandbox_without_its_server_is_one_line(doctor):
    output = await doctor(code=1)
    assert "start that" in line(output, "note", "sandbox", "Discord, Telegram, Email")
    assert output.endswith("\n1 thing to mend.\n")


async def test_a_sandbox_on_another_port_is_told(instance, doctor, set_env):
    set_env(SANDBOX_PORT="1")
    assert "SANDBOX_PORT 1" in line(await doctor("--no-messages", code=1), "BAD", "sandbox")


async def test_the_sandbox_is_no_failure(instance, doctor):
    output = await doctor("--no-messages", code=0)
    assert "DISCORD_BOT_TOKEN" in line(output, "note", "discord", "The sandbox plays Discord")


async def test_a_provider_that_is_not_set_up_is_no_failure(set_env, instance, doctor):
    set_env(SANDBOX="off")
    assert "set SMTP_HOST" in line(await doctor("--no-messages", code=0), "note", "email")


# --- Messages -------------------------------------------------------------------------------------


async def test_a_destination_that_is_refused_is_told_with_its_step(database, providers, doctor):
    open_account(database, telegram="777")
    output = await doctor(code=1)
    assert "chat not found" in line(output, "BAD", "ada@example.org · telegram 777")
    assert line(output, "discord 123456789012345678 → taken").startswith("ok ")


def mark_broken(database: Database, channel: Channel) -> None:
    """Note that `channel` was refused for good."""
    table = tables.destinations
    values = {"broken_reason": "no", "broken_failure": Failure.DM_CLOSED, "broken_at": NOW}
    with database.transaction() as connection:
        connection.execute(update(table).where(table.c.channel == channel).values(values))


async def test_a_broken_destination_is_tried_too(database, instance, doctor):
    open_account(database)
    mark_broken(database, Channel.DISCORD)
    output = await doctor(code=0)
    told = line(output, "discord", "→")
    assert told.startswith("note")
    assert "marked as broken since 2026-05-01 00:00 UTC (no)" in told


async def test_a_destination_that_is_still_broken_says_since_when(database, providers, doctor):
    open_account(database, telegram="777")
    mark_broken(database, Channel.TELEGRAM)
    assert "since 2026-05-01" in line(await doctor(code=1), "BAD", "telegram 777", "chat not found")


async def test_what_is_on_and_not_set_up_is_told(database, instance, doctor):
    with database.transaction() as connection:
        accounts.open_account(connection, "ada@example.org", None, Plan.FREE, NOW)
    output = await doctor(code=0)
    assert "refused" in line(output, "note", "ada@example.org · telegram")
    assert len(instance.sandbox.inbox.received()) == 1


async def test_what_is_switched_off_is_left_alone(database, instance, doctor):
    account_id = open_account(database)
    with database.transaction() as connection:
        for channel in Channel:
            destinations.set_enabled(connection, account_id, channel, False, NOW)
    assert "No destination" in line(await doctor(code=0), "note", "message")


async def test_one_account_is_tried_alone(database, instance, doctor):
    open_account(database)
    open_account(database, "bob@example.org")
    output = await doctor("--account", "bob@example.org", code=0)
    assert "ada@" not in output
    assert len(instance.sandbox.inbox.received()) == 3


async def test_an_unknown_account_is_told(instance, doctor):
    output = await doctor("--account", "nobody@example.org", code=1)
    assert "has an account" in line(output, "BAD", "message")


async def test_no_more_than_twenty_are_tried(database, instance, doctor):
    for number in range(8):
        open_account(database, f"ada{number}@example.org")
    output = await doctor(code=0)
    assert "4 more" in line(output, "note", "--account EMAIL")
    assert len(instance.sandbox.inbox.received()) == 20


async def test_the_destinations_of_a_dead_provider_are_one_line(
    database, providers, doctor, set_env
):
    open_account(database)
    open_account(database, "bob@example.org")
    set_env(DISCORD_API_URL="http://127.0.0.1:1")
    assert "2 not tried" in line(await doctor(code=1), "note", "message", "Discord")


async def test_a_channel_that_is_on_without_its_provider_is_a_failure(
    database, providers, doctor, set_env
):
    open_account(database)
    set_env(SANDBOX="off", SMTP_HOST="")
    assert "1 on" in line(await doctor(code=1), "BAD", "message", "sent by Email")


class Silent:
    """A sender that never hears back."""

    async def send(self, message, destination, nonce):
        await asyncio.Event().wait()

    async def check(self):
        await asyncio.Event().wait()

    async def close(self):
        pass


async def test_a_silent_provider_does_not_hold_the_doctor(database, make_settings):
    open_account(database)
    settings, senders = make_settings(), {Channel.EMAIL: Silent()}
    async with asyncio.timeout(5):
        checked = await providers_part.check(senders, settings, system_clock, each=0.01)
        found = [one async for one in messages.send(senders, settings, each=0.01)]
    assert checked[0].error.failure is Failure.NO_ANSWER
    assert [one.state for one in found if "in time" in one.message] == [State.BAD]


# --- Clock ----------------------------------------------------------------------------------------


def judged(off: float, *, sandboxed: bool = False, now: datetime = NOW) -> Finding:
    """Judge a clock that is `off` seconds ahead of Discord's."""
    theirs = Identity("bot", now - timedelta(seconds=off))
    return next(clock.judge([Checked(Channel.DISCORD, sandboxed, now, theirs)], now))


@pytest.mark.parametrize("off", [29, -29])
def test_a_clock_may_be_a_little_off(off):
    assert judged(off).state is State.OK


@pytest.mark.parametrize(("off", "words"), [(31, "31 s ahead of Discord"), (-90, "90 s behind")])
def test_a_clock_that_is_off_is_told_with_its_step(off, words):
    found = judged(off)
    assert found.state is State.BAD
    assert words in found.message
    assert "timedatectl" in found.message


def test_the_sandboxs_clock_does_not_count():
    assert judged(1000, sandboxed=True).state is State.NOTE


def test_a_year_before_pingpilot_is_told():
    assert judged(0, now=datetime(1970, 1, 1, tzinfo=UTC)).state is State.BAD


async def test_the_clock_is_compared_with_a_real_providers(doctor, set_env):
    async def me(_: Request) -> JSONResponse:
        return JSONResponse({"id": "1", "username": "bot"}, headers={"Date": format_datetime(NOW)})

    discord = EmbeddedServer(Starlette(routes=[Route("/users/@me", me)]))
    port = await discord.start(0)
    set_env(**REAL, DISCORD_API_URL=f"http://127.0.0.1:{port}", SANDBOX="off")
    output = await doctor("--no-messages", code=1)
    await discord.stop()
    assert "ahead of Discord" in line(output, "BAD", "clock")
