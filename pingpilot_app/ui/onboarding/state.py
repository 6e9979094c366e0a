"""What is done on the way to the first event, and what is not."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import reflex as rx

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.api_key import DEFAULT_SCOPES, Scope
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.api_keys import list_api_keys
from pingpilot_app.storage.quota import ever_used
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.components.snippet import PLACEHOLDER, codes
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.fresh_key import NewKey, ShowsFreshKey, make_key
from pingpilot_app.ui.live import Live, shared
from pingpilot_app.ui.onboarding.steps import Step, steps_of
from pingpilot_app.ui.quick_start import quick_start
from pingpilot_app.ui.session import to_sign_in
from pingpilot_app.ui.shell import CALM

KEY_NAME = "First integration"


class OnboardingState(Live, ShowsFreshKey, rx.State):
    """The steps, and the code that sends an event, with the key while it is shown."""

    access: ClassVar[Needed] = Right.KEYS
    access_to: ClassVar[Mapping[str, Needed]] = {
        "watch": Right.LOOK,
        "quick_start": Right.CATEGORIES,
        "hide_key": Right.LOOK,
        "forget_key": Right.LOOK,
    }

    steps: list[Step] = []
    started: bool = False  # whether there ever was an event
    codes: dict[str, str] = {}

    @rx.var
    def done(self) -> int:
        """Return how many steps are done."""
        return sum(step.done for step in self.steps)

    @rx.var
    def complete(self) -> bool:
        """Tell whether nothing is left to do."""
        return all(step.done for step in self.steps)

    def _begin(self) -> None:
        self._forget_old_key()

    def _is_over(self) -> bool:
        return self.started and self.complete

    def _pause(self) -> float:
        return CALM

    async def _load(self, session: SessionView) -> None:
        account = await _account(session.account_id)
        shown = codes(self.fresh_key or PLACEHOLDER, account.category)
        self._put(steps=account.steps, started=account.started, codes=shown)

    @rx.event
    async def quick_start(self) -> Any:
        """Add bug, sale and question."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        try:
            await quick_start(session)
        except PingPilotError as refusal:
            return toast.error(refusal.message)
        await self._show()
        return None

    @rx.event
    async def make_key(self) -> Any:
        """Make a key that may send events, and show it in the code, this once."""
        session = await self._session()
        if session is None:
            return to_sign_in()
        if self.fresh_key == "":
            made = await make_key(session, NewKey(KEY_NAME, DEFAULT_SCOPES))
            await self._show_key(session.account_id, made)
        await self._show()
        return None

    @rx.event
    async def hide_key(self) -> Any:
        """Show the key no more, in the code neither."""
        answer = await type(self).forget_key.fn(self)
        if answer is None:
            await self._show()
        return answer


@dataclass(frozen=True)
class _Account:
    steps: list[Step]
    started: bool
    category: str  # one that exists, where there is one


async def _account(account_id: str) -> _Account:
    async def load() -> _Account:
        instance = current()
        found = await instance.cache.configuration(account_id, now())
        keys = await instance.database.read(list_api_keys, account_id)
        has_key = any(Scope.EVENTS_WRITE in key.scopes and key.works(now()) for key in keys)
        started = found.used > 0 or await instance.database.read(ever_used, account_id)
        steps = steps_of(found, has_key, started)
        return _Account(steps, started, min(found.categories, default="bug"))

    return await shared(account_id, "onboarding", load)
