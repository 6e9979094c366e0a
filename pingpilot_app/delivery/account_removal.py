"""Deletes a whole account without holding up what is being accepted."""

import asyncio
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from pingpilot_app.delivery.housekeeping import PAUSE
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.storage.account_removal import (
    begin_removal,
    delete_events_of_removed,
    delete_removed,
)
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.tables import accounts


async def remove_account(instance: Instance, account_id: str, actor: Actor) -> None:
    """Put the account out of reach and return; its rows go in the background.

    Where the process stops before the last has gone, housekeeping goes on with it. `entry` tells
    the audit log of it.
    """
    now = datetime.now(UTC)
    await instance.writer.run(account_id, remove_and_note, account_id, now, actor)
    instance.background.begin(_delete_rows(instance), "deleting an account")


def remove_and_note(connection: Connection, account_id: str, now: datetime, actor: Actor) -> None:
    """Put the account out of reach. Its own log goes with it; the instance's keeps one entry."""
    name = connection.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar()
    add_entry(connection, Entry(Action.ACCOUNT_REMOVED, actor, None, name or account_id), now)
    begin_removal(connection, account_id, now)


async def _delete_rows(instance: Instance) -> None:
    for delete in (delete_events_of_removed, delete_removed):
        gone = 1
        while gone:
            gone = await instance.writer.run(None, delete, datetime.now(UTC))
            await asyncio.sleep(PAUSE)  # what is being accepted goes first
