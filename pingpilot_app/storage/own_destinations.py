"""Where members have copies of an account's events sent for themselves, and which they want.

A copy never touches what becomes of the event: docs/decisions/0012-members-copies.md.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, null, select, update

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.role import Right, Role, allows
from pingpilot_app.domain.severity import Severity
from pingpilot_app.storage.destinations import (
    DESTINATION,
    DestinationView,
    list_destinations,
    view_of,
)
from pingpilot_app.storage.tables import categories, destinations, memberships, tokens, users

ROLES = tuple(role for role in Role if allows(role, Right.OWN_CHANNELS))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member wants copies of; None: all, those that come later too."""

    categories: frozenset[str] | None = None  # ids
    severities: frozenset[Severity] | None = None

    def match(self, category_id: str, severity: Severity) -> bool:
        """Tell whether an event is wanted."""
        of_category = self.categories is None or category_id in self.categories
        return of_category and (self.severities is None or severity in self.severities)


@dataclass(frozen=True, slots=True)
class OwnDestination:
    """A member's own destination that works and is on, and what they want there."""

    destination: DestinationView
    wishes: Wishes


def make_own(
    connection: Connection,
    account_id: str,
    user_id: str,
    now: datetime,
    *,
    sandboxed: bool = False,
) -> None:
    """Add the rows of a member's own channels that are not there yet, all off.

    Email is set to the address that they sign in with, verified where that is known to be theirs;
    `sandboxed`: mail goes to the sandbox now.
    """
    missing = [one for one in list_own(connection, account_id, user_id) if not one.id]
    rows: list[dict[str, Any]] = [
        {
            "id": new_id("dst"),
            "account_id": account_id,
            "user_id": user_id,
            "channel": one.channel,
            "enabled": False,
            "label": one.label,
            "address": one.address,
            "verified_at": now if one.verified_at else None,
            "sandboxed": sandboxed and one.verified_at is not None,
            "state": {},
            "updated_at": now,
        }
        for one in missing
    ]
    if rows:
        connection.execute(insert(destinations), rows)


def list_own(connection: Connection, account_id: str, user_id: str) -> list[DestinationView]:
    """Return a member's own destinations, one for each channel, in the channels' order.

    Those that have no row yet have no id: they are as `make_own` will make them.
    """
    found = {one.channel: one for one in list_destinations(connection, account_id, user_id)}
    query = select(users.c.email, users.c.verified_at).where(users.c.id == user_id)
    person = connection.execute(query).one()
    where = {Channel.EMAIL: (person.email, person.email, person.verified_at)}
    nowhere = (None, None, None)
    return [
        found.get(channel)
        or DestinationView("", channel, False, *where.get(channel, nowhere), user_id=user_id)
        for channel in Channel
    ]


def forget_own(connection: Connection, account_id: str, user_id: str, now: datetime) -> None:
    """Send nothing to a member's own destinations any more, and forget their addresses.

    What waits for them is failed by the worker, which finds them off.
    """
    here = (destinations.c.account_id == account_id, destinations.c.user_id == user_id)
    empty: dict[str, Any] = {"label": None, "address": None, "verified_at": None, "state": {}}
    gone = update(destinations).where(*here).values(**empty, enabled=False, updated_at=now)
    connection.execute(gone)
    mine = (tokens.c.account_id == account_id, tokens.c.user_id == user_id)
    codes = [*(f"{channel}-code" for channel in Channel), "email-link", "telegram-link"]
    connection.execute(delete(tokens).where(*mine, tokens.c.kind.in_(codes)))


def list_wanted(connection: Connection, account_id: str) -> tuple[OwnDestination, ...]:
    """Return where the account's members get copies now: on, verified and not broken."""
    query = (
        select(memberships.c.categories, memberships.c.severities, *DESTINATION)
        .join(
            memberships,
            (memberships.c.account_id == destinations.c.account_id)
            & (memberships.c.user_id == destinations.c.user_id),
        )
        .where(
            destinations.c.account_id == account_id,
            destinations.c.user_id.is_not(None),
            destinations.c.enabled,
            memberships.c.role.in_(ROLES),
        )
        .order_by(destinations.c.id)
    )
    found = [
        OwnDestination(view_of(columns), _wishes(ids, severities))
        for ids, severities, *columns in connection.execute(query)
    ]
    return tuple(one for one in found if one.destination.obstacle is None)


def without_right(
    connection: Connection, account_id: str, user_ids: Collection[str]
) -> frozenset[str]:
    """Return those who may have no copies sent: no members any more, or such as only look."""
    query = select(memberships.c.user_id).where(
        memberships.c.account_id == account_id,
        memberships.c.user_id.in_(user_ids),
        memberships.c.role.in_(ROLES),
    )
    return frozenset(user_ids) - frozenset(connection.execute(query).scalars())


def wishes_of(connection: Connection, account_id: str, user_id: str) -> Wishes:
    """Return what the member wants."""
    query = select(memberships.c.categories, memberships.c.severities)
    row = connection.execute(query.where(_membership(account_id, user_id))).one_or_none()
    return _wishes(*row) if row else Wishes()


def set_wishes(connection: Connection, account_id: str, user_id: str, wishes: Wishes) -> None:
    """Keep what the member wants; categories that the account does not have are left out."""
    wanted, kinds = wishes.categories, wishes.severities
    ids = null() if wanted is None else _known(connection, account_id, wanted)
    severities = null() if kinds is None else [one.value for one in Severity if one in kinds]
    changed = update(memberships).where(_membership(account_id, user_id))
    connection.execute(changed.values(categories=ids, severities=severities))


def _known(connection: Connection, account_id: str, ids: frozenset[str]) -> list[str]:
    here = (categories.c.account_id == account_id, categories.c.id.in_(ids))
    return list(connection.execute(select(categories.c.id).where(*here)).scalars())


def _membership(account_id: str, user_id: str) -> Any:
    return (memberships.c.account_id == account_id) & (memberships.c.user_id == user_id)


def _wishes(ids: list[str] | None, severities: list[str] | None) -> Wishes:
    return Wishes(
        None if ids is None else frozenset(ids),
        None if severities is None else frozenset(map(Severity, severities)),
    )


def login_mailbox(connection: Connection, account_id: str, user_id: str) -> str | None:
    """Return where a member of the account is known to read mail, whatever their channels are."""
    query = (
        select(users.c.email)
        .join(memberships, memberships.c.user_id == users.c.id)
        .where(memberships.c.account_id == account_id, memberships.c.user_id == user_id)
        .where(users.c.verified_at.is_not(None))
    )
    return connection.execute(query).scalar_one_or_none()
