"""What the audit log compares before and after a change: names and short words, never a secret.

Each look is a query; `noted` (audit.py) runs it twice and writes down what differs.
"""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import Connection, select

from pingpilot_app.domain.category import color_hex
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.escalation import line_text, steps_of
from pingpilot_app.domain.fallback import order_text
from pingpilot_app.domain.severity import Severity
from pingpilot_app.storage.audit import Detail, Look
from pingpilot_app.storage.destinations import DestinationView, get_destination
from pingpilot_app.storage.diversions import list_diversions
from pingpilot_app.storage.memberships import role_in
from pingpilot_app.storage.own_destinations import wishes_of
from pingpilot_app.storage.retention import FOREVER
from pingpilot_app.storage.tables import accounts, categories, users
from pingpilot_app.storage.users import preferences

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def at_account(account_id: str, *names: str) -> Look:
    """Look at some of an account's `name`, `plan`, `kept` (for how long events are), `channels`."""
    return partial(_account, account_id, names)


def _account(account_id: str, names: tuple[str, ...], connection: Connection) -> Detail:
    names_of = ("name", "plan", "retention_days", "fallback")
    columns = [accounts.c[name] for name in names_of]
    query = select(*columns).where(accounts.c.id == account_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return {}
    found = {
        "name": row.name,
        "plan": row.plan.value,
        "kept": _kept(row.retention_days),
        "channels": order_text([Channel(one) for one in row.fallback or ()]),
    }
    return {name: found[name] for name in names}


def _kept(days: int | None) -> str:
    if days is None:
        return "as the instance says"
    return "for ever" if days >= FOREVER else f"{days:,} days"


def at_channel(account_id: str, channel: Channel, user_id: str | None = None) -> Look:
    """Look at where a channel leads, whether that is verified, works and is on."""
    return partial(_channel, account_id, channel, user_id)


def _channel(
    account_id: str, channel: Channel, user_id: str | None, connection: Connection
) -> Detail:
    found = get_destination(connection, account_id, channel, user_id)
    return {
        "address": _label(found),
        "verified": "yes" if found.verified_at else "no",
        "works": "no" if found.broken_at else "yes",
        "switch": "on" if found.enabled else "off",
    }


def _label(found: DestinationView) -> str | None:
    """Return what the owner calls the address, but no chat's number."""
    if found.channel is Channel.TELEGRAM and (found.label or "").lstrip("-").isdigit():
        return "a chat"
    return found.label


def at_wishes(account_id: str, user_id: str) -> Look:
    """Look at what a member wants copies of."""
    return partial(_wishes, account_id, user_id)


def _wishes(account_id: str, user_id: str, connection: Connection) -> Detail:
    found = wishes_of(connection, account_id, user_id)
    names = None if found.categories is None else _names(connection, account_id, found.categories)
    kinds = found.severities
    severities = None if kinds is None else [one.value for one in Severity if one in kinds]
    return {"categories": _some(names), "severities": _some(severities)}


def _names(connection: Connection, account_id: str, ids: Collection[str]) -> Sequence[str]:
    here = (categories.c.account_id == account_id, categories.c.id.in_(ids))
    query = select(categories.c.name).where(*here).order_by(categories.c.name)
    return connection.execute(query).scalars().all()


def _some(words: Sequence[str] | None) -> str:
    return "all" if words is None else ", ".join(words) or "none"


def at_category(account_id: str, name: str, new_name: str | None = None) -> Look:
    """Look at a category, which the change may call `new_name`."""
    return partial(_category, account_id, {name, new_name or name})


def _category(account_id: str, names: set[str], connection: Connection) -> Detail:
    columns = [
        categories.c[name] for name in ("name", "color", "emoji", "acknowledge", "escalation")
    ]
    query = select(*columns)
    here = (categories.c.account_id == account_id, categories.c.name.in_(names))
    row = connection.execute(query.where(*here).limit(1)).one_or_none()
    if row is None:
        return {}
    return {
        "name": row.name,
        "colour": color_hex(row.color),
        "emoji": row.emoji,
        "asks who is on it": "yes" if row.acknowledge else "no",
        "escalates": line_text(steps_of(row.escalation)),
    }


def at_categories(account_id: str) -> Look:
    """Look at which categories there are."""
    return partial(_categories, account_id)


def _categories(account_id: str, connection: Connection) -> Detail:
    query = select(categories.c.name).where(categories.c.account_id == account_id)
    names = connection.execute(query.order_by(categories.c.name)).scalars()
    return {"categories": ", ".join(names)}


def at_person(email: str) -> Look:
    """Look at whether somebody is an operator."""
    return partial(_person, email)


def _person(email: str, connection: Connection) -> Detail:
    query = select(users.c.is_operator).where(users.c.email == email)
    return {"operator": "yes" if connection.execute(query).scalar_one_or_none() else "no"}


def at_preferences(user_id: str) -> Look:
    """Look at how somebody counts days."""
    return partial(_preferences, user_id)


def _preferences(user_id: str, connection: Connection) -> Detail:
    chosen = preferences(connection, user_id)
    start = None if chosen.week_start is None else _DAYS[chosen.week_start]
    return {"time zone": chosen.time_zone, "week begins": start}


def at_name(user_id: str) -> Look:
    """Look at what colleagues see somebody as."""
    return partial(_name, user_id)


def _name(user_id: str, connection: Connection) -> Detail:
    query = select(users.c.name).where(users.c.id == user_id)
    return {"name": connection.execute(query).scalar_one_or_none()}


def at_role(account_id: str, user_id: str) -> Look:
    """Look at what somebody is in the account."""
    return partial(_role, account_id, user_id)


def _role(account_id: str, user_id: str, connection: Connection) -> Detail:
    role = role_in(connection, account_id, user_id)
    return {"role": role.value if role else None}


def at_outlet(channel: Channel) -> Look:
    """Look at whether the operator sends a channel to the sandbox."""
    return partial(_outlet, channel)


def _outlet(channel: Channel, connection: Connection) -> Detail:
    diverted = channel in list_diversions(connection)
    return {"goes to": "the sandbox" if diverted else "its provider"}
