"""Accounts, the tenants."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from pingpilot_app.domain.errors import Invalid, NotFound, Problem
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.plan import Plan
from pingpilot_app.domain.role import Role
from pingpilot_app.storage.destinations import add_destinations
from pingpilot_app.storage.tables import accounts, memberships, users
from pingpilot_app.storage.users import add_user

NAME_MAX = 80  # characters


def open_account(
    connection: Connection,
    email: str,
    password_hash: str | None,
    plan: Plan,
    now: datetime,
    *,
    is_operator: bool = False,
    proven: bool = True,
) -> str:
    """Add a user with an account of their own and return the account's id.

    All three channels are on; email goes to the owner, once the address is `proven` to be theirs.
    Raises Conflict.
    """
    user_id = add_user(
        connection, email, password_hash, now, is_operator=is_operator, proven=proven
    )
    account_id = new_id("acc")
    connection.execute(
        insert(accounts).values(id=account_id, name=email, plan=plan, created_at=now)
    )
    connection.execute(
        insert(memberships).values(
            account_id=account_id, user_id=user_id, role=Role.OWNER, created_at=now
        )
    )
    add_destinations(connection, account_id, email, now, verified=proven)
    return account_id


def account_of(connection: Connection, email: str) -> str:
    """Return the id of the account that the user with this address owns. Raises NotFound."""
    query = (
        select(memberships.c.account_id)
        .join(users, users.c.id == memberships.c.user_id)
        .where(users.c.email == email, memberships.c.role == Role.OWNER)
        .order_by(memberships.c.created_at)
        .limit(1)
    )
    account_id: str | None = connection.execute(query).scalar_one_or_none()
    if account_id is None:
        raise NotFound(f"Nobody with the address {email} has an account here.")
    return account_id


def rename_account(connection: Connection, account_id: str, name: str) -> None:
    """Call the account by another name. Raises Invalid."""
    text = " ".join(name.split())
    if not 1 <= len(text) <= NAME_MAX or not text.isprintable():
        sentence = f"Give the account a name of 1 to {NAME_MAX} characters."
        raise Invalid(sentence, (Problem("name", sentence),))
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(name=text))


def retention_of(connection: Connection, account_id: str) -> int | None:
    """Return for how many days the account keeps events; None: as the instance's setting says."""
    query = select(accounts.c.retention_days).where(accounts.c.id == account_id)
    days: int | None = connection.execute(query).scalar_one_or_none()
    return days


def set_plan(connection: Connection, account_id: str, plan: Plan) -> None:
    """Move the account to another plan."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(plan=plan))
