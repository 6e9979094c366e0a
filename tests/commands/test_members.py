"""`member`: the rules of the dashboard hold on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pingpilot_app.__main__ import main

ADA, EVE = "ada@example.org", "eve@example.org"


@pytest.fixture
def run(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs a command on a data directory where Ada has an account."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(data_dir)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, arguments)

    assert run("account", "create", ADA).exit_code == 0
    return run


def test_somebody_is_added_changed_and_removed(run: Callable[..., Result]) -> None:
    added = run("member", "add", ADA, EVE, "--role", "viewer")
    assert "Password: " in added.output  # she had no login
    run("member", "role", ADA, EVE, "admin")
    assert run("member", "list", ADA).output == f"owner   {ADA}\nadmin   {EVE}\n"

    run("member", "remove", ADA, EVE)
    assert run("member", "list", ADA).output == f"owner   {ADA}\n"
    log = run("audit", ADA).output
    assert "changed the role of eve@example.org" in log
    assert "role: viewer → admin" in log
    assert "removed eve@example.org" in log


def test_who_has_a_login_keeps_the_password(run: Callable[..., Result]) -> None:
    run("account", "create", EVE)

    assert "Password: " not in run("member", "add", ADA, EVE).output
    assert "already" in run("member", "add", ADA, EVE).output


@pytest.mark.parametrize("command", ["remove {0} {0}", "role {0} {0} viewer"])
def test_the_last_owner_stays(run: Callable[..., Result], command: str) -> None:
    answer = run("member", *command.format(ADA).split())

    assert answer.exit_code == 1
    assert "always has an owner" in answer.output


def test_a_member_gets_a_new_password_and_is_signed_out(run: Callable[..., Result]) -> None:
    run("member", "add", ADA, EVE)

    assert "Password: " in run("account", "password", EVE).output
    assert "Signed eve@example.org out" in run("account", "sign-out", EVE).output
