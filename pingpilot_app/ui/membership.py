"""Tells the open pages of an account's people that something about them is another."""

from pingpilot_app.delivery.instance import current
from pingpilot_app.storage.memberships import list_members
from pingpilot_app.ui.session import forget_user


async def forget_members(account_id: str) -> None:
    """Believe nothing any longer that sessions of the account's people say; their pages look."""
    for member in await current().database.read(list_members, account_id):
        forget_user(member.user_id)
