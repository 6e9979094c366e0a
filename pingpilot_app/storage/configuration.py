"""What accepting an event needs to know of an account, in one read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.escalation import steps_of
from pingpilot_app.domain.plan import LIMITS, Limits, Plan
from pingpilot_app.domain.quota import month_of
from pingpilot_app.storage import quota
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.own_destinations import OwnDestination, list_wanted
from pingpilot_app.storage.tables import accounts, categories


@dataclass(frozen=True, slots=True)
class CategoryEntry:
    """What an event of this category needs."""

    id: str
    name: str
    emoji: str | None
    color: int
    escalates: timedelta | None = None  # after so long without a claim
    acknowledge: bool = True  # messages ask who is on it


@dataclass(slots=True)
class Configuration:
    """One account: plan, destinations, categories by name; and the count of `month` so far.

    `own` are the members' own destinations that work, with what they want there.
    """

    account_id: str
    plan: Plan
    destinations: tuple[DestinationView, ...]
    categories: Mapping[str, CategoryEntry]
    month: str
    used: int
    fallback: tuple[Channel, ...] | None = None  # None: all channels at once
    own: tuple[OwnDestination, ...] = ()

    @property
    def limits(self) -> Limits:
        """Return what the plan allows."""
        return LIMITS[self.plan]


def load_configuration(connection: Connection, account_id: str, now: datetime) -> Configuration:
    """Read the account's configuration."""
    here = accounts.c.id == account_id
    plan, order = connection.execute(select(accounts.c.plan, accounts.c.fallback).where(here)).one()
    columns = [
        categories.c[name] for name in ("id", "name", "emoji", "color", "escalation", "acknowledge")
    ]
    rows = connection.execute(select(*columns).where(categories.c.account_id == account_id))
    month = month_of(now)
    return Configuration(
        account_id=account_id,
        plan=plan,
        fallback=tuple(Channel(name) for name in order) if order else None,
        destinations=tuple(list_destinations(connection, account_id)),
        categories={row.name: _entry(row) for row in rows},
        month=month,
        used=quota.used(connection, account_id, month),
        own=list_wanted(connection, account_id),
    )


def _entry(row: Row[Any]) -> CategoryEntry:
    steps = steps_of(row.escalation)
    first = steps[0].wait if steps else None
    return CategoryEntry(row.id, row.name, row.emoji, row.color, first, row.acknowledge)
