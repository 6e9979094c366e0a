"""What accepting an event needs to know of an account, in one read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from pingpilot_app.domain.plan import LIMITS, Limits, Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage import quota
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.tables import accounts, categories


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """What an event of this category needs."""

    id: str
    name: str
    emoji: str | None
    color: int
    acknowledge: bool = True  # messages ask who is on it


@dataclass(slots=True)
class Configuration:
    """One account: plan, destinations, categories by name; and the count of `month` so far."""

    account_id: str
    plan: Plan
    destinations: tuple[DestinationView, ...]
    categories: Mapping[str, CategoryEntry]
    month: str
    used: int

    @property
    def limits(self) -> Limits:
        """Return what the plan allows."""
        return LIMITS[self.plan]


def load_configuration(connection: Connection, account_id: str, now: datetime) -> Configuration:
    """Read the account's configuration."""
    plan = connection.execute(
        select(accounts.c.plan).where(accounts.c.id == account_id)
    ).scalar_one()
    columns = (categories.c[name] for name in CategoryEntry.__slots__)
    rows = connection.execute(select(*columns).where(categories.c.account_id == account_id))
    month = month_of(now)
    return Configuration(
        account_id=account_id,
        plan=plan,
        destinations=tuple(list_destinations(connection, account_id)),
        categories={row.name: CategoryEntry(*row) for row in rows},
        month=month,
        used=quota.used(connection, account_id, month),
    )
