"""The first person on a fresh instance becomes its operator."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.errors import Conflict
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.accounts import open_account
from pingpilot_app.storage.categories import add_quick_start
from pingpilot_app.storage.users import any_user, password_of

KEPT = 5.0  # seconds


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
    """Remembers for a moment that an instance is set up: its last account may be deleted."""

    def __init__(self, instance: Instance, clock: Callable[[], float] = time.monotonic) -> None:
        self._instance = instance
        self._clock = clock
        self._set_up_until = 0.0

    async def is_fresh(self) -> bool:
        """Tell whether nobody has an account."""
        if self._clock() < self._set_up_until:
            return False
        set_up = await self._instance.database.read(any_user)
        self._set_up_until = self._clock() + KEPT if set_up else 0.0
        return not set_up
