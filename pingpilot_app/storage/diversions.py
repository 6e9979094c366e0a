"""Channels that the operator sends to the sandbox though they have credentials."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.tables import diversions


def list_diversions(connection: Connection) -> dict[Channel, datetime]:
    """Return the channels, and since when."""
    rows = connection.execute(select(diversions.c.channel, diversions.c.since))
    return {row.channel: row.since for row in rows}


def divert(connection: Connection, channel: Channel, now: datetime) -> None:
    """Send the channel to the sandbox; one that goes there keeps its beginning."""
    if channel not in list_diversions(connection):
        connection.execute(insert(diversions).values(channel=channel, since=now))


def end_diversion(connection: Connection, channel: Channel) -> None:
    """Send the channel to its provider again."""
    connection.execute(delete(diversions).where(diversions.c.channel == channel))
