"""Where somebody stands: the accounts that they belong to, and as what."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from pingpilot_app.domain.errors import Conflict, Forbidden, NotFound
from pingpilot_app.domain.role import Right, Role, allows, refusal_of
from pingpilot_app.storage.tables import accounts, memberships, users


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's place in one account."""

    account_id: str
    account_name: str
    role: Role


def standings_of(connection: Connection, email: str) -> list[Standing]:
    """Return the accounts of who signs in by this address: their own first, then the oldest."""
    query = (
        select(memberships.c.account_id, accounts.c.name, memberships.c.role)
        .join(users, users.c.id == memberships.c.user_id)
        .join(accounts, accounts.c.id == memberships.c.account_id)
        .where(users.c.email == email, accounts.c.removed_at.is_(None))
        .order_by(memberships.c.role != Role.OWNER, memberships.c.created_at)
    )
    return [Standing(*row) for row in connection.execute(query)]


def account_for(connection: Connection, email: str, right: Right) -> str:
    """Return the account in which a person's role allows `right`; one of their own goes first.

    Raises NotFound, Forbidden, and Conflict where it could be several.
    """
    found = standings_of(connection, email)
    if not found:
        raise NotFound(f"Nobody with the address {email} has an account here.")
    able = [one for one in found if allows(one.role, right)]
    if not able:
        raise Forbidden(f"{email} is {_places(found)}. {refusal_of(right)}")
    able = [one for one in able if one.role is Role.OWNER] or able
    if len(able) > 1:
        raise Conflict(
            f"{email} is {_places(able)}. Give the id of the account in the place of the address."
        )
    return able[0].account_id


def account_with_id(connection: Connection, account_id: str) -> str:
    """Return the id where there is such an account. Raises NotFound."""
    here = (accounts.c.id == account_id, accounts.c.removed_at.is_(None))
    if connection.execute(select(accounts.c.id).where(*here)).first() is None:
        raise NotFound(f"There is no account {account_id} here.")
    return account_id


def _places(found: list[Standing]) -> str:
    """Return `owner of Shop (acc_…), viewer of Blog (acc_…)`."""
    return ", ".join(f"{one.role.value} of {one.account_name} ({one.account_id})" for one in found)
