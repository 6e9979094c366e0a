"""What the command line changes is written down, too, and can be read there."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pingpilot_app.__main__ import main
from pingpilot_app.domain.secret import hash_token
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.sessions import add_session
from pingpilot_app.storage.users import user_with


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command on a data directory of its own."""
    for name, value in {"DATA_DIR": str(data_dir), "SIGNUP": "invite"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(data_dir)

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    return run


EMAIL = "ada@example.org"


def test_the_commands_write_down_what_they_change(run: Callable[..., str], data_dir: Path) -> None:
    run("account", "create", EMAIL)
    for command in (
        f"account plan {EMAIL} PRO",
        f"account plan {EMAIL} PRO",  # changes nothing
        f"account retention {EMAIL} 30",
        f"account password {EMAIL}",
        f"category create {EMAIL} bug --color #ff6b6b",
        f"channel set {EMAIL} telegram 424242",
        f"channel off {EMAIL} discord",
        f"channel off {EMAIL} discord",  # the same
    ):
        run(*command.split())
    told = [json.loads(line) for line in run("audit", EMAIL, "--json").splitlines()]
    assert [one["action"] for one in reversed(told)] == [
        *("account.opened", "account.plan", "account.retention", "password.changed"),
        *("category.created", "channel.set", "channel.switched"),
    ]
    assert {one["actor"] for one in told} == {"command line"}
    assert "424242" not in str(told)  # no chat's number
    assert "plan: FREE → PRO" in run("audit", EMAIL, "--limit", "100")


def test_what_concerns_the_instance_is_its_own(run: Callable[..., str], data_dir: Path) -> None:
    run("account", "create", EMAIL)
    run("account", "operator", EMAIL, "on")
    run("account", "invite", "eve@example.org")
    run("account", "delete", EMAIL, "--yes")
    run("backup", "copy.db")
    run("restore", "copy.db")
    told = [json.loads(line)["action"] for line in run("audit", "--json").splitlines()]
    assert told[::-1] == [
        *("account.operator", "invite.sent", "account.removed", "instance.restored"),
    ]
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchone()[0] == "ok"


def test_an_empty_log_says_so(run: Callable[..., str]) -> None:
    assert "Nothing is written down" in run("audit")


def test_signing_out_by_command_is_written_down(run: Callable[..., str], data_dir: Path) -> None:
    for email in (EMAIL, "eve@example.org", "joan@example.org"):
        run("account", "create", email)
        add_browsers(data_dir, email, 2)
    assert run("account", "sign-out", EMAIL).strip() == f"Signed {EMAIL} out of 2 browsers."
    assert (
        run("account", "sign-out", "--everybody").strip() == "Signed everybody out of 4 browsers."
    )
    assert "out of 0 browsers" in run("account", "sign-out", EMAIL)
    [_, told, _] = [json.loads(line) for line in run("audit", EMAIL, "--json").splitlines()]
    assert (told["action"], told["actor"], told["subject"]) == (
        *("session.ended_all", "command line", EMAIL),
    )
    assert "signed everybody out of every browser" in run("audit")


def add_browsers(data_dir: Path, email: str, number: int) -> None:
    """Sign somebody in."""
    database = Database(f"sqlite:///{data_dir / 'pingpilot.db'}")
    with database.transaction() as connection:
        user = user_with(connection, email)
        assert user is not None
        for one in range(number):
            token = hash_token(f"{email} {one}")
            add_session(connection, token, user.id, datetime.now(UTC))
    database.close()


@pytest.mark.parametrize("wrong", [[], [EMAIL, "--everybody"]])
def test_whom_to_sign_out_is_said_once(run: Callable[..., str], wrong: list[str]) -> None:
    result = CliRunner().invoke(main, ["account", "sign-out", *wrong])
    assert result.exit_code == 2
    assert "Give EMAIL, or --everybody." in result.output
