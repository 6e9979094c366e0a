"""Signing an account's people out of all their browsers, as when one was stolen."""

from typing import Any

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.storage.account_list import AccountSummary
from pingpilot_app.storage.sign_outs import sign_out_members
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.session import forget_user

_NAMED = 3  # people in the dialog; the others are counted


def what_ends(found: AccountSummary, operator: Actor) -> str:
    """Return what signing out means for the account, as sentences."""
    others = len(found.emails) - _NAMED
    named = [*found.emails[:_NAMED], *([f"{others:,} more"] if others > 0 else [])]
    *most, last = named
    who = f"{', '.join(most)} and {last}" if most else last
    also = " You are one of them." if operator.name in found.emails else ""
    return f"{who} will have to sign in again in every browser.{also} API keys go on working."


async def sign_out_people(account_id: str, name: str, operator: Actor) -> Any:
    """Sign the account's people out and say so; their open pages leave."""
    entry = Entry(Action.SIGNED_OUT_EVERYWHERE, operator, account_id, name)
    try:
        members = await current().writer.act(entry, sign_out_members, account_id)
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    for user_id in members:
        forget_user(user_id)
    return toast.success(f"{name} is signed out everywhere.")
