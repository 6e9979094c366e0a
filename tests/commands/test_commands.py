"""The command line, as DESIGN lists it, each command run for real."""

import pytest
from click.testing import CliRunner

from pingpilot_app.__main__ import main
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


def test_the_doctor_names_what_does_not_work(run):
    answer = run("doctor", code=1)
    assert "ok   database" in answer
    assert "BAD  server" in answer


def test_sending_needs_a_key(run):
    assert "PINGPILOT_API_KEY" in run("send", "bug", code=1)


def test_sending_says_where_it_could_not_connect(run, monkeypatch):
    monkeypatch.setenv("PINGPILOT_API_KEY", "pk_x")
    assert "http://127.0.0.1:1" in run("send", "--url", "http://127.0.0.1:1", "bug", code=1)
