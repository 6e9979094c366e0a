"""The accounts of the instance, a page at a time, and what an operator changes of them."""

from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.errors import Invalid, PingPilotError
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.plan import LIMITS, Plan
from pingpilot_app.storage.account_list import (
    AccountSummary,
    count_accounts,
    get_account,
    list_accounts,
)
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import entered, errors_of, now
from pingpilot_app.ui.pages.operator.account_change import (
    Change,
    change_account,
    deletes,
    keep_of,
    parse_change,
    what_changes,
)
from pingpilot_app.ui.pages.operator.guard import ForOperators
from pingpilot_app.ui.pages.operator.sign_outs import sign_out_people, what_ends
from pingpilot_app.ui.paging import Pages

PAGE = 25
TEXT_MAX = 200  # characters that are looked for


@dataclass(frozen=True)
class AccountRow:
    """One account. Times are ISO 8601, `last_event` empty where there was none."""

    id: str
    name: str
    also: str  # other members, or the owner's address where the account has a name of its own
    plan: str
    used: str
    full: bool
    categories: str
    members: str
    created: str
    last_event: str


class AccountsState(ForOperators, Pages, rx.State):
    """A page of accounts. `editing` is the id of the one whose form is open."""

    again: ClassVar[float] = 10.0

    rows: list[AccountRow] = []
    text: str = ""
    found: str = ""
    total: int = 0
    editing: str = ""
    name: str = ""
    plan: str = ""
    keep: str = ""  # default, forever or days
    days: str = ""
    default_keep: str = ""
    errors: dict[str, str] = {}
    proposal: str = ""  # what the dialog says would change
    look: str = "primary"  # of its button; danger where events may go
    ends: str = ""  # what the dialog says that signing out everywhere means

    _change: Change | None = None
    _leaving: str = ""  # the id of the account whose people would be signed out

    def _begin(self) -> None:
        self.editing = self.proposal = self.ends = ""

    async def _look(self) -> None:
        found = await _page(self.text, self._start() or "")
        self.total = await current().database.read(count_accounts, self.text)
        self.found = "1 account" if self.total == 1 else f"{self.total:,} accounts"
        self.rows = [account_row(one) for one in self._page_of(found, PAGE)]

    @rx.event
    async def search(self, text: str) -> Any:
        """Show the accounts that mention `text`, from the first page."""
        if away := await self._turned_away():
            return away
        if isinstance(text, str):
            self.text, self._starts = text.replace("\x00", "").strip()[:TEXT_MAX], []
            await self._show()
        return None

    @rx.event
    async def edit(self, account_id: str) -> Any:
        """Open the form of one account; an empty id closes it."""
        if away := await self._turned_away():
            return away
        self.editing, self.errors, self.proposal = "", {}, ""
        if not isinstance(account_id, str) or not account_id:
            return None
        try:
            self._open(await find_account(account_id[:100]))
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        return None

    def _open(self, found: AccountSummary) -> None:
        self.editing, self.name, self.plan = found.id, found.name, found.plan.value
        self.keep, self.days = keep_of(found.retention_days)
        days = current().settings.retention_days
        self.default_keep = f"{days:,} days" if days else "for ever"

    @rx.event
    async def choose_keep(self, keep: str) -> Any:
        """Show the field for the days, where days are chosen."""
        if away := await self._turned_away():
            return away
        if isinstance(keep, str) and keep in ("default", "forever", "days"):
            self.keep = keep
        return None

    @rx.event
    async def propose(self, form: dict[str, Any]) -> Any:
        """Check what was entered and say what it would change."""
        if away := await self._turned_away():
            return away
        if not self.editing:
            return None
        try:
            self._propose(await find_account(self.editing), _entered(form))
        except PingPilotError as refusal:
            self.errors = errors_of(refusal, "plan")
            return None
        if self.proposal:
            return None
        self.editing = ""
        return toast.info("Nothing was changed.")

    def _propose(self, found: AccountSummary, change: Change) -> None:
        default = current().settings.retention_days
        self.errors, self._change, self.name = {}, change, found.name
        self.proposal = what_changes(found, change, default)
        self.look = "danger" if deletes(found, change, default) else "primary"

    @rx.event
    async def apply(self) -> Any:
        """Change the account as the dialog said."""
        if away := await self._turned_away():
            return away
        account_id, change, proposal = self.editing, self._change, self.proposal
        self.editing, self._change, self.proposal = "", None, ""
        if not account_id or change is None or not proposal:
            return None
        said = await _apply(account_id, change, self.name, await self._actor())
        await self._show()
        return said

    @rx.event
    async def ask_sign_out(self, account_id: str) -> Any:
        """Ask before an account's people are signed out; an empty id closes the dialog."""
        if away := await self._turned_away():
            return away
        self._leaving = self.ends = ""
        if not isinstance(account_id, str) or not account_id:
            return None
        try:
            found = await find_account(account_id[:100])
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        self._leaving, self.name = found.id, found.name
        self.ends = what_ends(found, await self._actor())
        return None

    @rx.event
    async def sign_out(self) -> Any:
        """Sign out everywhere whom the dialog asked about."""
        if away := await self._turned_away():
            return away
        account_id, self._leaving, self.ends = self._leaving, "", ""
        if not account_id:
            return None
        return await sign_out_people(account_id, self.name, await self._actor())


def _entered(form: object) -> Change:
    return parse_change(entered(form, "plan"), entered(form, "keep"), entered(form, "days"))


async def _page(text: str, after: str) -> list[AccountSummary]:
    """Return one account more than a page has, where there is one."""
    return await current().database.read(list_accounts, text, after, PAGE + 1, now())


async def find_account(account_id: str) -> AccountSummary:
    """Return one account. Raises Invalid, NotFound."""
    if "\x00" in account_id:
        raise Invalid("This is no account's id.")
    return await current().database.read(get_account, account_id, now())


async def _apply(account_id: str, change: Change, name: str, actor: Actor) -> Any:
    try:
        await current().writer.run(account_id, change_account, account_id, change, actor)
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    return toast.success(f"Changed {name}.")


def account_row(found: AccountSummary) -> AccountRow:
    """Return the line of one account."""
    limit = LIMITS[Plan(found.plan)].events
    last = found.last_event_at
    return AccountRow(
        id=found.id,
        name=found.name,
        also=", ".join(email for email in found.emails if email != found.name),
        plan=found.plan.value,
        used=f"{found.used:,} / {limit:,}" if limit else f"{found.used:,}",
        full=limit is not None and found.used >= limit,
        categories=f"{found.categories:,}",
        members=f"{len(found.emails):,}",
        created=iso_milliseconds(found.created_at),
        last_event=iso_milliseconds(last) if last else "",
    )
