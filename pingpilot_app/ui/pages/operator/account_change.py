"""What an operator may change of an account, and what that means for it."""

from dataclasses import dataclass

from sqlalchemy import Connection

from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.storage import looks
from pingpilot_app.storage.account_list import AccountSummary
from pingpilot_app.storage.accounts import set_plan
from pingpilot_app.storage.audit import noted
from pingpilot_app.storage.retention import FOREVER, set_retention


@dataclass(frozen=True, slots=True)
class Change:
    """The plan, and for how many days events are kept; None: as the instance's setting says."""

    plan: Plan
    retention_days: int | None


def parse_change(plan: str, keep: str, days: str) -> Change:
    """Read what was entered. Raises Invalid, naming the field."""
    if plan not in list(Plan):
        raise _wrong("plan", "Choose one of the plans.")
    return Change(Plan(plan), _days(keep, days))


def _days(keep: str, days: str) -> int | None:
    if keep == "default":
        return None
    if keep == "forever":
        return FOREVER
    if days.isascii() and days.isdecimal() and len(days) < 6 and 1 <= int(days) < FOREVER:
        return int(days)
    raise _wrong("days", f"Enter a whole number of days from 1 to {FOREVER - 1:,}.")


def _wrong(field: str, sentence: str) -> Invalid:
    return Invalid(sentence, (Problem(field, sentence),))


def keep_of(retention_days: int | None) -> tuple[str, str]:
    """Return what the form shows of a retention: the choice, and the days."""
    if retention_days is None:
        return "default", ""
    return ("forever", "") if retention_days >= FOREVER else ("days", str(retention_days))


def what_changes(found: AccountSummary, change: Change, default_days: int | None) -> str:
    """Return what `change` means for the account as sentences, empty where it changes nothing."""
    sentences = []
    if change.plan is not found.plan:
        sentences.append(_plan_sentence(found, change.plan))
    if change.retention_days != found.retention_days:
        sentences.append(_retention_sentence(found, change, default_days))
    return " ".join(sentences)


def _plan_sentence(found: AccountSummary, plan: Plan) -> str:
    begin = f"The plan goes from {found.plan.value} to {plan.value}"
    limit = LIMITS[plan].events
    if limit is None:
        return f"{begin}, without a monthly limit."
    if found.used >= limit:
        return (
            f"{begin}. {found.used:,} events are used of then {limit:,} a month, so further "
            "ones are refused until the month ends."
        )
    return f"{begin}: {limit:,} events a month, {found.used:,} of them used."


def deletes(found: AccountSummary, change: Change, default_days: int | None) -> bool:
    """Tell whether events are kept for a shorter time, so that some may go."""
    return _kept(change.retention_days, default_days) < _kept(found.retention_days, default_days)


def _kept(days: int | None, default_days: int | None) -> int:
    return days or default_days or FOREVER


def _retention_sentence(found: AccountSummary, change: Change, default_days: int | None) -> str:
    days = _kept(change.retention_days, default_days)
    kept = "for ever" if days >= FOREVER else f"for {days:,} days"
    if deletes(found, change, default_days):
        return (
            f"Events are kept {kept}: older ones are deleted within ten minutes, with their "
            "deliveries, and do not come back."
        )
    return f"Events are kept {kept}."


def change_account(connection: Connection, account_id: str, change: Change, actor: Actor) -> None:
    """Write the change, and in the account's log who made it."""
    plan = Entry(Action.PLAN_CHANGED, actor, account_id)
    look = looks.at_account(account_id, "plan")
    noted(connection, plan, look, set_plan, account_id, change.plan)
    kept = Entry(Action.RETENTION_CHANGED, actor, account_id)
    look = looks.at_account(account_id, "kept")
    noted(connection, kept, look, set_retention, account_id, change.retention_days)
