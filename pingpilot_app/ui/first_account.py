"""The first person on a fresh instance becomes its operator."""

from datetime import UTC, datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import Conflict
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.users import any_user, password_of


def open_first_account(
    connection: Connection, email: str, password_hash: str, quick_start: bool
) -> str:
    """Open the operator's account and return the user's id.

    Runs inside the writer: of two people at once, the second one gets Conflict.
    """
    if any_user(connection):
        raise Conflict("This instance is set up already. Sign in instead.")
    now = datetime.now(UTC)
    account_id = open_account(
        connection, email, password_hash, Plan.UNLIMITED, now, is_operator=True
    )
    if quick_start:
        add_quick_start(connection, account_id, now)
    found = password_of(connection, email)
    assert found is not None  # noqa: S101  # added three lines above
    return found[0]


class Freshness:
    """Remembers that an instance is set up: it never becomes fresh again."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._set_up = False

    async def is_fresh(self) -> bool:
        """Tell whether nobody has an account yet."""
        if not self._set_up:
            self._set_up = await self._instance.database.read(any_user)
        return not self._set_up
