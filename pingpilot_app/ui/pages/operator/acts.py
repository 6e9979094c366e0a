"""The audit log as operators see it: the instance's own, and each account's."""

from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.ui.activity import PAGE, ActRow, acts_list, find_acts
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.event_row import skeleton_rows
from pingpilot_app.ui.pages.operator.accounts import find_account
from pingpilot_app.ui.pages.operator.guard import ForOperators
from pingpilot_app.ui.paging import Pages, turner

_WHOLE = "this PingPilot"


class ActsState(ForOperators, Pages, rx.State):
    """A page of the log. `of` names whose it is; `whole`: the instance's, of no account."""

    again: ClassVar[float] = 10.0

    rows: list[ActRow] = []
    of: str = _WHOLE
    whole: bool = True

    _account: str = ""

    def _begin(self) -> None:
        self._choose("", _WHOLE)

    def _choose(self, account_id: str, name: str) -> None:
        self._account, self.of, self._starts = account_id, name, []
        self.whole = not account_id

    async def _look(self) -> None:
        self.rows = self._page_of(await find_acts(self._account or None, self._start()), PAGE)

    @rx.event
    async def choose(self, account_id: str) -> Any:
        """Show the log of one account; of the instance where the id is empty."""
        if away := await self._turned_away():
            return away
        if not isinstance(account_id, str):
            return None
        try:
            found = await find_account(account_id[:100]) if account_id else None
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        self._choose(*((found.id, found.name) if found else ("", _WHOLE)))
        await self._show()
        return None


def acts_section() -> rx.Component:
    """Show the log, below the accounts that it can be asked of."""
    state = ActsState
    return rx.el.section(
        rx.el.div(
            rx.el.h2("Activity of ", rx.el.bdi(state.of), aria_live="polite"),
            rx.cond(
                state.whole,
                rx.fragment(),
                rx.el.button(
                    "Show this PingPilot's",
                    type="button",
                    on_click=state.choose(""),
                    class_name="button small",
                ),
            ),
            class_name="acts-head",
        ),
        rx.cond(
            state.ready,
            rx.cond(
                state.rows,
                rx.fragment(
                    acts_list(state.rows, "Activity"),
                    turner(state, "Pages of activity"),
                ),
                rx.el.p("Nothing is written down yet.", class_name="card acts-none"),
            ),
            skeleton_rows(3),
        ),
        class_name="operator-section",
        id="activity",
    )
