"""The command line, as DESIGN lists it, each command run for real."""

import re
import socket
import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from pingpilot_app.__main__ import main
from pingpilot_app.delivery.data_lock import DataLock
from pingpilot_app.domain.api_key import is_well_formed

PASSWORD = "correct horse battery staple"


@pytest.fixture
def run(data_dir, monkeypatch):
    """Runs a command on a data directory of its own."""
    for name, value in {"DATA_DIR": str(data_dir), "SANDBOX_PORT": "1", "PORT": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(data_dir)

    def run(*arguments: str, stdin: str | None = None, code: int = 0) -> str:
        result = CliRunner().invoke(main, arguments, input=stdin)
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def ada(run):
    run("account", "create", "ada@example.org", "--password-stdin", stdin=PASSWORD)
    return "ada@example.org"


def test_every_command_is_there(run):
    listed = run("--help")
    commands = "serve api web worker migrate account key category channel send tail doctor backup"
    assert [name for name in f"{commands} restore seed".split() if name not in listed] == []


def test_an_account_is_opened_with_a_plan(run):
    answer = run(
        "account", "create", "ada@example.org", "--plan", "PRO", "--password-stdin", stdin=PASSWORD
    )
    assert "PRO" in answer


def test_without_a_password_one_is_made_and_told(run):
    assert "Password: " in run("account", "create", "ada@example.org")


def test_an_account_is_opened_once(run, ada):
    assert "already" in run("account", "create", ada, code=1)


@pytest.mark.parametrize("password", ["", "short"])
def test_a_weak_password_is_refused(run, password):
    answer = run("account", "create", "a@example.org", "--password-stdin", stdin=password, code=1)
    assert "15" in answer


def test_an_invite_is_a_link(run, monkeypatch):
    monkeypatch.setenv("SIGNUP", "invite")
    answer = run("account", "invite", "Eve@Example.org")
    assert re.fullmatch(r"http://localhost:1/signup#invite=[\w-]{43}\n", answer)


def test_nobody_is_invited_where_nobody_can_come_in(run):
    assert "SIGNUP" in run("account", "invite", "eve@example.org", code=1)


def test_a_second_factor_that_was_lost_is_switched_off(run, ada, data_dir):
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as database, database:
        database.execute(
            "INSERT INTO second_factor (user_id, secret, confirmed_at, last_step, created_at) "
            "SELECT id, 'x', created_at, 0, created_at FROM user"
        )
    assert "the password alone is enough" in run("account", "second-factor", ada, "off")
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as database:
        assert database.execute("SELECT count(*) FROM second_factor").fetchone() == (0,)
        logged = database.execute("SELECT actor, action, subject FROM audit").fetchall()
    assert ("command line", "second_factor.off", ada) in logged


def test_where_there_is_no_second_factor_it_says_so(run, ada):
    assert "no second factor" in run("account", "second-factor", ada, "off", code=1)


def test_who_has_an_account_is_not_invited(run, ada, monkeypatch):
    monkeypatch.setenv("SIGNUP", "invite")
    assert "already" in run("account", "invite", ada, code=1)


def test_somebody_becomes_operator(run, ada):
    assert "an operator" in run("account", "operator", ada, "on")
    assert "no operator" in run("account", "operator", ada, "off")
    assert "Nobody" in run("account", "operator", "eve@example.org", "on", code=1)


def test_an_account_is_deleted_after_a_question(run, ada):
    assert "Aborted" in run("account", "delete", ada, stdin="n\n", code=1)
    assert "out of reach" in run("account", "delete", ada, "--yes")
    assert "Nobody" in run("account", "delete", ada, "--yes", code=1)


def test_a_plan_is_changed(run, ada):
    assert "UNLIMITED" in run("account", "plan", ada, "unlimited")


def test_a_key_is_printed_alone(run, ada):
    assert is_well_formed(run("key", "create", ada, "ci", "--scope", "events:read").strip())


def test_a_category_is_made_once(run, ada):
    arguments = ("category", "create", ada, "bug", "--color", "#ff6b6b", "--emoji", "🐛")
    assert "bug" in run(*arguments)
    assert "already" in run(*arguments, code=1)


@pytest.mark.parametrize(
    ("channel", "address"),
    [("discord", "123456789012345678"), ("telegram", "4242"), ("email", "bob@example.org")],
)
def test_a_channel_is_set_and_switched(run, ada, channel, address):
    assert address in run("channel", "set", ada, channel, address)
    assert "off" in run("channel", "off", ada, channel)
    assert "on" in run("channel", "on", ada, channel)


@pytest.mark.parametrize(
    ("channel", "address"), [("discord", "ada"), ("telegram", "@ada"), ("email", "@")]
)
def test_an_address_out_of_form_is_refused(run, ada, channel, address):
    assert run("channel", "set", ada, channel, address, code=1).startswith("Error: ")


def test_an_unknown_account_is_told(run):
    assert "has an account" in run("key", "create", "nobody@example.org", "x", code=1)


def test_a_bad_setting_ends_the_command_with_its_name(run, monkeypatch):
    monkeypatch.setenv("PORT", "x")
    assert "PORT" in run("migrate", code=1)


def test_a_backup_can_be_restored(run, ada, data_dir, tmp_path_factory):
    copy = str(tmp_path_factory.mktemp("backup") / "copy.db")
    run("backup", copy)
    run("account", "create", "bob@example.org")
    run("restore", copy)
    run("account", "plan", ada, "PRO")
    assert "has an account" in run("account", "plan", "bob@example.org", "PRO", code=1)


def test_a_backup_overwrites_nothing(run, ada, data_dir):
    assert "exists already" in run("backup", str(data_dir / "pingpilot.db"), code=1)


def test_what_is_no_database_is_not_restored(run, ada, data_dir):
    (data_dir / "noise").write_bytes(b"noise" * 1000)
    assert "no PingPilot database" in run("restore", str(data_dir / "noise"), code=1)


def test_seeding_fills_the_first_account(run, ada):
    assert "1,000" in run("seed", "--events", "1000")


def test_sending_needs_a_key(run):
    assert "PINGPILOT_API_KEY" in run("send", "bug", code=1)


def test_sending_says_where_it_could_not_connect(run, monkeypatch):
    monkeypatch.setenv("PINGPILOT_API_KEY", "pk_x")
    assert "http://127.0.0.1:1" in run("send", "--url", "http://127.0.0.1:1", "bug", code=1)


def test_another_programs_database_is_not_restored(run, ada, data_dir):
    with closing(sqlite3.connect(data_dir / "other.db")) as other:
        other.execute("CREATE TABLE x (a)")
    assert "no PingPilot database" in run("restore", str(data_dir / "other.db"), code=1)
    assert "PRO" in run("account", "plan", ada, "PRO")


def test_what_a_restore_replaces_is_kept(run, ada, data_dir):
    run("backup", str(data_dir / "empty.backup"))
    run("account", "create", "bob@example.org")
    run("restore", str(data_dir / "empty.backup"))
    with closing(sqlite3.connect(data_dir / "pingpilot.before-restore")) as before:
        assert before.execute('SELECT count(*) FROM "user"').fetchone() == (2,)


def test_without_a_database_there_is_nothing_to_back_up(run, data_dir, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(data_dir / "typo"))
    assert "There is no database" in run("backup", str(data_dir / "copy.db"), code=1)
    assert not (data_dir / "typo").exists()


def test_database_and_backup_are_for_us_alone(run, data_dir, monkeypatch):
    monkeypatch.setenv("DATA_DIR", str(data_dir / "fresh"))
    run("migrate")
    run("backup", str(data_dir / "copy.db"))
    files = [data_dir / "fresh" / "pingpilot.db", data_dir / "copy.db"]
    assert [file.stat().st_mode & 0o777 for file in files] == [0o600, 0o600]
    assert (data_dir / "fresh").stat().st_mode & 0o777 == 0o700


def test_a_backup_where_nothing_can_be_written_is_told(run, ada):
    assert "cannot be written" in run("backup", "/nonexistent/copy.db", code=1)


def test_serving_twice_is_refused_before_anything_is_built(run, data_dir):
    lock = DataLock(data_dir)
    lock.acquire()
    answer = run("serve", code=1)
    lock.release()
    assert "Another PingPilot runs" in answer
    assert "Building" not in answer


def test_a_taken_port_is_refused_before_anything_is_built(run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setenv("HOST", "127.0.0.1")
        monkeypatch.setenv("PORT", str(taken.getsockname()[1]))
        answer = run("serve", code=1)
    assert "PORT" in answer
    assert "Building" not in answer


@pytest.mark.parametrize("url", ["http://[::bad", "http://127.0.0.1:1"])
def test_an_address_that_leads_nowhere_is_told(run, monkeypatch, url):
    monkeypatch.setenv("PINGPILOT_API_KEY", "pk_x")
    assert "cannot be reached" in run("send", "--url", url, "bug", code=1)
    assert "cannot be reached" in run("tail", "--url", url, code=1)


def test_the_address_follows_the_port(run, monkeypatch):
    monkeypatch.setenv("PINGPILOT_API_KEY", "pk_x")
    assert "http://localhost:1:" in run("send", "bug", code=1)


def test_a_forgotten_password_is_replaced(run, ada):
    assert "Password: " in run("account", "password", ada)
    assert "has an account" in run("account", "password", "nobody@example.org", code=1)


def test_a_damaged_database_can_be_replaced(run, ada, data_dir):
    run("backup", str(data_dir / "good.backup"))
    (data_dir / "pingpilot.db").write_bytes(b"damaged" * 1000)
    run("restore", str(data_dir / "good.backup"))
    assert "PRO" in run("account", "plan", ada, "PRO")
    assert (data_dir / "pingpilot.before-restore").read_bytes().startswith(b"damaged")


def test_a_refused_restore_keeps_what_an_earlier_one_put_aside(run, ada, data_dir):
    run("backup", str(data_dir / "good.backup"))
    run("restore", str(data_dir / "good.backup"))
    (data_dir / "noise").write_bytes(b"noise" * 1000)
    run("restore", str(data_dir / "noise"), code=1)
    assert (data_dir / "pingpilot.before-restore").exists()
