"""Keys by the command line: made, limited, replaced, revoked, and each act written down."""

import pytest
from click.testing import CliRunner
from sqlalchemy import select

from pingpilot_app.__main__ import main
from pingpilot_app.domain.api_key import is_well_formed
from pingpilot_app.domain.audit import Action
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.tables import api_keys as table


@pytest.fixture
def run(data_dir, monkeypatch):
    """Runs a command on a data directory of its own."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(data_dir)

    def run(*arguments: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def ada(run):
    run("account", "create", "ada@example.org")
    return "ada@example.org"


@pytest.fixture
def entries(database):
    def entries(action):
        with database.transaction() as connection:
            account_id = connection.execute(select(table.c.account_id)).scalars().first()
            found = list_entries(connection, account_id)
        return [entry for entry in found if entry.action is action]

    return entries


def test_a_key_is_made_with_networks_and_an_end(run, ada, entries):
    key = run(
        *("key", "create", ada, "ci", "--from", "192.0.2.0/24"),
        *("--from", "2001:db8::/32", "--expires", "90d"),
    ).strip()
    listed = run("key", "list", ada)
    assert key[:11] in listed
    assert key not in listed
    assert "from 192.0.2.0/24, 2001:db8::/32" in listed
    assert "until 20" in listed
    (entry,) = entries(Action.KEY_CREATED)
    assert (entry.actor, entry.subject) == ("command line", "ci")
    assert entry.detail["networks"] == "192.0.2.0/24, 2001:db8::/32"
    assert key[11:] not in str(entry)


def test_networks_are_changed(run, ada, entries):
    key = run("key", "create", ada, "ci").strip()
    assert "from 192.0.2.7" in run("key", "allow", ada, key[:11], "192.0.2.7")
    assert "from anywhere" in run("key", "allow", ada, key[:11])
    assert len(entries(Action.KEY_CHANGED)) == 2


def test_a_key_is_replaced(run, ada, entries):
    key = run("key", "create", ada, "ci", "--from", "192.0.2.7").strip()
    fresh = run("key", "rotate", ada, key[:11], "--overlap", "0s").strip()
    assert is_well_formed(fresh)
    listed = run("key", "list", ada).splitlines()
    assert fresh[:11] in listed[0]
    assert "192.0.2.7" in listed[0]
    assert "expired" in listed[1]
    assert entries(Action.KEY_ROTATED)[0].detail["old_key_works"] == "not any more"


def test_a_key_is_revoked_once(run, ada, entries):
    key = run("key", "create", ada, "ci").strip()
    assert "Revoked ci" in run("key", "revoke", ada, key)
    assert "already" in run("key", "revoke", ada, key, code=1)
    assert len(entries(Action.KEY_REVOKED)) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "ci", "--from", "192.0.2.7/24"),
        ("create", "ci", "--expires", "soon"),
        ("create", "ci", "--expires", "999999d"),
        ("allow", "pk_x", "office"),
    ],
)
def test_what_cannot_be_meant_is_told(run, ada, arguments):
    command, *rest = arguments
    assert "Error" in run("key", command, ada, *rest, code=2)


def test_anothers_key_is_out_of_reach(run, ada):
    key = run("key", "create", ada, "ci").strip()
    run("account", "create", "bob@example.org")
    for command in ("revoke", "rotate", "allow"):
        assert "no key" in run("key", command, "bob@example.org", key, code=1)
