"""`account retention`: what it accepts, and that it says what will be deleted."""

import sqlite3
from contextlib import closing

import pytest
from click.testing import CliRunner

from pingpilot_app.__main__ import main

ADA = "ada@example.org"


@pytest.fixture
def run(data_dir, monkeypatch):
    """Runs a command on a data directory of its own, with an account of Ada."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(data_dir)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result.output

    run("account", "create", ADA)
    return run


def stored(data_dir) -> int | None:
    with closing(sqlite3.connect(data_dir / "pingpilot.db")) as connection:
        return connection.execute("SELECT retention_days FROM account").fetchone()[0]


@pytest.mark.parametrize(("given", "days"), [("1", 1), ("30", 30), ("36500", 36_500)])
def test_days_are_stored(run, data_dir, given, days):
    run("account", "retention", ADA, given)
    assert stored(data_dir) == days


def test_it_is_told_what_goes_and_when(run):
    told = run("account", "retention", ADA, "30")
    assert "older than 30 days are deleted" in told
    assert "within 10 minutes" in told
    assert "cannot be brought back" in told


def test_forever_is_forever_whatever_the_setting(run, monkeypatch):
    monkeypatch.setenv("RETENTION_DAYS", "7")
    assert "kept for ever" in run("account", "retention", ADA, "forever")


def test_default_gives_the_decision_back(run, data_dir):
    run("account", "retention", ADA, "30")
    told = run("account", "retention", ADA, "default")
    assert stored(data_dir) is None
    assert "follows RETENTION_DAYS" in told
    assert "kept for ever" in told


def test_default_tells_what_the_setting_deletes(run, monkeypatch):
    monkeypatch.setenv("RETENTION_DAYS", "7")
    assert "older than 7 days" in run("account", "retention", ADA, "default")


@pytest.mark.parametrize("given", ["0", "36501", "1.5", "never", "", "²"])
def test_what_is_no_number_of_days_is_refused(run, data_dir, given):
    assert "from 1 to 36,500" in run("account", "retention", ADA, given, code=2)
    assert stored(data_dir) is None


def test_an_unknown_account_is_told(run):
    assert "has an account" in run("account", "retention", "bob@example.org", "30", code=1)
