"""What the frame around every page shows: who is signed in, and the month's quota."""

from dataclasses import dataclass
from datetime import UTC, datetime

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.quota import reset_date
from pingpilot_app.domain.role import RIGHTS
from pingpilot_app.storage.memberships import accounts_of
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.live import Live, shared


@dataclass(frozen=True)
class AccountPlace:
    """An account that the viewer may turn to. `here`: it is the one that is shown."""

    id: str
    name: str
    role: str
    here: bool


CALM = 1.0  # seconds between two looks: the frame counts, the page beside it shows


class ShellState(Live, rx.State):
    """The frame. `limit` 0: there is none."""

    email: str = ""
    is_operator: bool = False
    name: str = ""  # what colleagues see them as
    account: str = ""  # its name
    accounts: list[AccountPlace] = []  # all that they belong to
    role: str = ""
    rights: list[str] = []  # what the role allows: see components/rights.py
    proven: bool = True  # the email is known to be theirs
    time_zone: str = ""  # chosen in the settings; empty: the browser's
    plan: str = ""
    used: int = 0
    limit: int = 0
    categories_used: int = 0
    categories_limit: int = 0
    reset_at: str = ""

    @rx.var
    def quota_text(self) -> str:
        """Return `247 / 1,000`, or the count alone."""
        return f"{self.used:,} / {self.limit:,}" if self.limit else f"{self.used:,}"

    @rx.var
    def percent(self) -> int:
        """Return how much of the limit is used, 0 to 100."""
        return min(100, 100 * self.used // self.limit) if self.limit else 0

    @rx.var
    def percent_width(self) -> str:
        """Return the same as a width."""
        return f"{self.percent}%"

    def _pause(self) -> float:
        return CALM

    async def _load(self, session: SessionView) -> None:
        now = datetime.now(UTC)
        found = await current().cache.configuration(session.account_id, now)
        self._put(
            email=session.email,
            is_operator=session.is_operator,
            name=session.responder.name,
            account=session.account_name,
            accounts=await _accounts(session),
            role=session.role.value,
            rights=sorted(right.value for right in RIGHTS[session.role]),
            proven=session.proven,
            time_zone=session.time_zone or "",
            plan=found.plan.value,
            used=found.used,
            limit=found.limits.events or 0,
            categories_used=len(found.categories),
            categories_limit=found.limits.categories or 0,
            reset_at=iso_milliseconds(reset_date(now)),
        )


async def _accounts(session: SessionView) -> list[AccountPlace]:
    """Return them once for all tabs: what changes them is published to the person."""
    user_id = session.user_id
    found = await shared(user_id, "accounts", lambda: current().database.read(accounts_of, user_id))
    return [
        AccountPlace(one.account_id, one.name, one.role.value, one.account_id == session.account_id)
        for one in found
    ]
