"""Deletes a whole account without holding up what is being accepted."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from pingpilot_app.delivery.account_mail import send_account_gone
from pingpilot_app.delivery.housekeeping import PAUSE
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.account_letters import Team
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.storage.account_removal import (
    begin_removal,
    delete_events_of_removed,
    delete_removed,
)
from pingpilot_app.storage.audit import add_entry
from pingpilot_app.storage.memberships import Member, list_members
from pingpilot_app.storage.tables import accounts
from pingpilot_app.storage.users import get_user


@dataclass(frozen=True, slots=True)
class Gone:
    """A deleted account, and who belonged to it. `homeless`: whose login went with it."""

    name: str
    members: list[Member]
    homeless: frozenset[str]


async def remove_account(instance: Instance, account_id: str, actor: Actor) -> list[Member]:
    """Put the account out of reach; its rows go in the background. Return who belonged to it.

    Where the process stops before the last has gone, housekeeping goes on with it. All but the
    `actor` are told by mail, where mails go.
    """
    now = datetime.now(UTC)
    gone = await instance.writer.run(account_id, remove_and_note, account_id, now, actor)
    instance.background.begin(_delete_rows(instance), "deleting an account")
    for member in gone.members:
        if member.user_id != actor.user_id:
            stays, team = member.user_id not in gone.homeless, Team(gone.name, actor.name)
            told = send_account_gone(instance, member.email, team, stays=stays)
            instance.background.begin(told, "telling a member of a deleted account")
    return gone.members


def remove_and_note(connection: Connection, account_id: str, now: datetime, actor: Actor) -> Gone:
    """Put the account out of reach. Its own log goes with it; the instance's keeps one entry."""
    name = connection.execute(select(accounts.c.name).where(accounts.c.id == account_id)).scalar()
    add_entry(connection, Entry(Action.ACCOUNT_REMOVED, actor, None, name or account_id), now)
    members = list_members(connection, account_id)
    begin_removal(connection, account_id, now)
    homeless = {one.user_id for one in members if get_user(connection, one.user_id) is None}
    return Gone(name or account_id, members, frozenset(homeless))


async def _delete_rows(instance: Instance) -> None:
    for delete in (delete_events_of_removed, delete_removed):
        gone = 1
        while gone:
            gone = await instance.writer.run(None, delete, datetime.now(UTC))
            await asyncio.sleep(PAUSE)  # what is being accepted goes first
