"""Deletes a whole account without holding up what is being accepted."""

import asyncio
from datetime import UTC, datetime

from pingpilot_app.delivery.housekeeping import PAUSE
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Entry
from pingpilot_app.storage.account_removal import (
    begin_removal,
    delete_events_of_removed,
    delete_removed,
)


async def remove_account(instance: Instance, account_id: str, entry: Entry) -> None:
    """Put the account out of reach and return; its rows go in the background.

    Where the process stops before the last has gone, housekeeping goes on with it. `entry` tells
    the audit log of it.
    """
    await instance.writer.act(entry, begin_removal, account_id, datetime.now(UTC))
    instance.changed(account_id)
    instance.background.begin(_delete_rows(instance), "deleting an account")


async def _delete_rows(instance: Instance) -> None:
    for delete in (delete_events_of_removed, delete_removed):
        gone = 1
        while gone:
            gone = await instance.writer.run(None, delete, datetime.now(UTC))
            await asyncio.sleep(PAUSE)  # what is being accepted goes first
