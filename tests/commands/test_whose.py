"""Whom a command names, and what their role lets the command do."""

from datetime import UTC, datetime

import pytest
from click.testing import CliRunner
from sqlalchemy import delete, insert, select

from pingpilot_app.__main__ import main
from pingpilot_app.domain.role import Right, Role, allows, refusal_of
from pingpilot_app.storage.accounts import account_of
from pingpilot_app.storage.audit import list_entries
from pingpilot_app.storage.tables import memberships, users

ADA, BOB = "ada@example.org", "bob@example.org"

# What each command takes; WHOM stands for whom it names.
COMMANDS = {
    "account plan WHOM PRO": Right.ACCOUNT,
    "account delete WHOM --yes": Right.ACCOUNT,
    "account retention WHOM 30": Right.SETTINGS,
    "category create WHOM sale --color #ffeb3b": Right.CATEGORIES,
    "channel set WHOM email ops@example.org": Right.CHANNELS,
    "channel on WHOM discord": Right.CHANNELS,
    "channel off WHOM discord": Right.CHANNELS,
    "key create WHOM ci": Right.KEYS,
    "key list WHOM": Right.LOOK,
    "audit WHOM": Right.ACTIVITY,
}


@pytest.fixture
def run(data_dir, monkeypatch):
    """Runs a command on a data directory of its own."""
    monkeypatch.setenv("DATA_DIR", str(data_dir))
    monkeypatch.chdir(data_dir)

    def run(command: str, code: int = 0) -> str:
        result = CliRunner().invoke(main, command.split())
        assert result.exit_code == code, result.output
        return result.output

    return run


@pytest.fixture
def team(run, database):
    """Ada owns an account. Lets Bob be something in it, who owns none; returns the account."""
    run(f"account create {ADA}")
    run(f"account create {BOB}")

    def team(role: Role) -> str:
        with database.transaction() as connection:
            account_id = account_of(connection, ADA)
            bob = connection.execute(select(users.c.id).where(users.c.email == BOB)).scalar_one()
            connection.execute(delete(memberships).where(memberships.c.user_id == bob))
            place = {"account_id": account_id, "user_id": bob, "role": role}
            connection.execute(insert(memberships).values(**place, created_at=datetime.now(UTC)))
        return account_id

    return team


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(("command", "right"), COMMANDS.items())
def test_a_command_does_what_the_role_of_whom_it_names_allows(run, team, command, right, role):
    team(role)
    allowed = allows(role, right)

    told = run(command.replace("WHOM", BOB), code=0 if allowed else 1)

    assert (refusal_of(right) in told) is not allowed
    assert allowed or f"{BOB} is {role.value} of {ADA}" in told


@pytest.mark.parametrize("command", COMMANDS)
def test_an_accounts_id_names_it_too(run, team, command):
    run(command.replace("WHOM", team(Role.VIEWER)))


@pytest.mark.parametrize("whom", ["nobody@example.org", "acc_nosuchthing"])
@pytest.mark.parametrize("command", COMMANDS)
def test_who_is_not_there_is_named_in_vain(run, command, whom):
    told = run(command.replace("WHOM", whom), code=1)

    assert whom in told
    assert "here" in told


def test_ones_own_account_goes_before_those_of_others(run, team, database):
    team(Role.ADMIN)
    run(f"key create {ADA} adas")
    with database.transaction() as connection:  # Ada becomes an admin of one more
        ada = connection.execute(select(users.c.id).where(users.c.email == ADA)).scalar_one()
    run("account create eve@example.org")
    with database.transaction() as connection:
        eves = account_of(connection, "eve@example.org")
        place = {"account_id": eves, "user_id": ada, "role": Role.ADMIN}
        connection.execute(insert(memberships).values(**place, created_at=datetime.now(UTC)))

    assert "adas" in run(f"key list {ADA}")


def test_who_owns_several_is_asked_which(run, team, database):
    first = team(Role.OWNER)
    run("account create eve@example.org")
    with database.transaction() as connection:
        second = account_of(connection, "eve@example.org")
        bob = connection.execute(select(users.c.id).where(users.c.email == BOB)).scalar_one()
        place = {"account_id": second, "user_id": bob, "role": Role.OWNER}
        connection.execute(insert(memberships).values(**place, created_at=datetime.now(UTC)))

    told = run(f"key create {BOB} ci", code=1)

    assert first in told
    assert second in told
    assert "Give the id" in told
    run(f"key create {second} ci")
    assert "ci" in run("key list eve@example.org")
    assert "ci" not in run(f"key list {ADA}")


@pytest.mark.parametrize("command", [f"account password {BOB}", f"account sign-out {BOB}"])
def test_what_is_about_a_person_works_for_who_owns_nothing(run, team, database, command):
    account_id = team(Role.VIEWER)

    run(command)

    with database.transaction() as connection:
        newest, *_ = list_entries(connection, account_id)
    assert (newest.actor, newest.subject) == ("command line", BOB)
