"""`member`: who belongs to an account, and as what."""

from datetime import UTC, datetime

import click
from sqlalchemy import Connection

from pingpilot_app.commands.store import load_settings, opened
from pingpilot_app.commands.tenant import checked, chosen_password
from pingpilot_app.domain.address import parse_email
from pingpilot_app.domain.audit import COMMAND_LINE, Action, Entry
from pingpilot_app.domain.role import Role
from pingpilot_app.storage import looks, memberships
from pingpilot_app.storage.accounts import account_of
from pingpilot_app.storage.audit import add_entry, noted
from pingpilot_app.storage.memberships import add_member, list_members
from pingpilot_app.storage.password_hash import hash_password
from pingpilot_app.storage.users import add_user, known_user, user_with

ROLE = click.Choice([role.value for role in Role])


@click.group()
def member() -> None:
    """Say who belongs to an account, and as what.

    OWNER is the address of somebody who owns the account.
    """


@member.command("list")
@click.argument("owner")
def list_people(owner: str) -> None:
    """Print who belongs to OWNER's account: role, address, name."""
    with opened(load_settings()) as connection:
        found = list_members(connection, account_of(connection, checked(parse_email, owner)))
    for one in found:
        click.echo(f"{one.role.value:<8}{one.email}{f'  ({one.name})' if one.name else ''}")


@member.command("add")
@click.argument("owner")
@click.argument("email")
@click.option("--role", type=ROLE, default=Role.MEMBER.value, show_default=True)
def add(owner: str, email: str, role: str) -> None:
    """Let EMAIL belong to OWNER's account. Who has no login gets one, with a password."""
    address, now = checked(parse_email, email), datetime.now(UTC)
    with opened(load_settings()) as connection:
        account_id = account_of(connection, checked(parse_email, owner))
        user, password = user_with(connection, address), ""
        if user is None:
            password, _ = chosen_password(False, address)
            add_user(connection, address, hash_password(password), now)
        user_id = known_user(connection, address).id
        if not add_member(connection, account_id, user_id, Role(role), now):
            raise click.ClickException(f"{address} belongs to this account already.")
        entry = Entry(Action.MEMBER_JOINED, COMMAND_LINE, account_id, role, {"who": address})
        add_entry(connection, entry, now)
    click.echo(f"{address} belongs to the account of {owner} as {role}.")
    if password:
        click.echo(f"Password: {password}")


@member.command("role")
@click.argument("owner")
@click.argument("email")
@click.argument("role", type=ROLE)
def change_role(owner: str, email: str, role: str) -> None:
    """Make EMAIL owner, admin, member or viewer of OWNER's account."""
    with opened(load_settings()) as connection:
        account_id, user_id = _meant(connection, owner, email)
        look = looks.at_role(account_id, user_id)
        entry = Entry(Action.MEMBER_CHANGED, COMMAND_LINE, account_id, checked(parse_email, email))
        noted(
            connection, entry, look, memberships.change_role, account_id, None, user_id, Role(role)
        )
    click.echo(f"{email} is {role} of the account of {owner}.")


@member.command("remove")
@click.argument("owner")
@click.argument("email")
def remove(owner: str, email: str) -> None:
    """Let EMAIL belong to OWNER's account no longer. What they did there stays."""
    now = datetime.now(UTC)
    with opened(load_settings()) as connection:
        account_id, user_id = _meant(connection, owner, email)
        memberships.remove_member(connection, account_id, None, user_id, now)
        subject = checked(parse_email, email)
        add_entry(connection, Entry(Action.MEMBER_REMOVED, COMMAND_LINE, account_id, subject), now)
    click.echo(f"{email} is out. Their open pages leave within a second where PingPilot runs.")


def _meant(connection: Connection, owner: str, email: str) -> tuple[str, str]:
    """Return the account and the user. Raises NotFound."""
    account_id = account_of(connection, checked(parse_email, owner))
    return account_id, known_user(connection, checked(parse_email, email)).id
