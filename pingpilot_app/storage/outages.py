"""Providers and destinations that are not being tried for now, written down for people."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, or_, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.storage.tables import outages

WHOLE = ""  # stands for the whole provider in place of a destination's id


@dataclass(frozen=True, slots=True)
class OutageView:
    """Since when, why (in the provider's words) and until when something is not tried.

    `destination_id` is empty where it is the whole provider, `account_id` None then.
    """

    channel: Channel
    destination_id: str
    account_id: str | None
    failure: Failure
    reason: str
    since: datetime
    retry_at: datetime


def put_outage(connection: Connection, outage: OutageView) -> bool:
    """Write an outage down; one that is known keeps its beginning. Tell whether it is new."""
    here = _here(outage.channel, outage.destination_id)
    known = connection.execute(select(outages.c.since).where(*here)).scalar_one_or_none()
    clear_outage(connection, outage.channel, outage.destination_id)
    columns = {name: getattr(outage, name) for name in OutageView.__slots__}
    connection.execute(insert(outages).values(columns | {"since": known or outage.since}))
    return known is None


def clear_outage(connection: Connection, channel: Channel, destination_id: str) -> None:
    """It works again."""
    connection.execute(delete(outages).where(*_here(channel, destination_id)))


def clear_outages(connection: Connection) -> None:
    """Forget all: at the start of the worker, which knows of none."""
    connection.execute(delete(outages))


def list_outages(connection: Connection, account_id: str) -> list[OutageView]:
    """Return the outages of the providers and of the account's own destinations."""
    columns = [outages.c[name] for name in OutageView.__slots__]
    query = (
        select(*columns)
        .where(or_(outages.c.account_id.is_(None), outages.c.account_id == account_id))
        .order_by(outages.c.since)
    )
    return [OutageView(*row) for row in connection.execute(query)]


def _here(channel: Channel, destination_id: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return outages.c.channel == channel, outages.c.destination_id == destination_id
