"""Channels: where events go, proved and tried."""

import time
from collections.abc import Mapping
from typing import ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.role import Right
from pingpilot_app.storage.destinations import DestinationView, list_destinations
from pingpilot_app.storage.outages import OutageView, list_outages
from pingpilot_app.storage.sessions import SessionView
from pingpilot_app.ui.access import Needed
from pingpilot_app.ui.live import shared
from pingpilot_app.ui.pages.channels.desk import Desk
from pingpilot_app.ui.pages.channels.failures import FailuresState
from pingpilot_app.ui.pages.channels.replay_run import forget_run
from pingpilot_app.ui.pages.channels.trials import HealthRow, load_health

HEALTH_KEPT = 5.0  # seconds: a busy account's deliveries are not counted at every event


class ChannelsState(Desk, rx.State):
    """The account's channels, and how each has done."""

    access: ClassVar[Needed] = Right.CHANNELS
    access_to: ClassVar[Mapping[str, Needed]] = {"watch": Right.LOOK}

    health: dict[str, HealthRow] = {}

    _opened: bool = False  # just now
    _health_at: float = 0.0  # by the clock of time.monotonic()

    def _begin(self) -> None:
        super()._begin()
        self._opened = True
        self._health_at = 0.0

    async def _load(self, session: SessionView) -> None:
        self._lay_out(*await current().database.read(_read, session.account_id))
        await self._look_at_health(session.account_id)
        if self._opened:
            self._opened = False
            forget_run(session.account_id)
        await (await self.get_state(FailuresState))._show()

    async def _look_at_health(self, account_id: str) -> None:
        if time.monotonic() - self._health_at < HEALTH_KEPT and self.health:
            return
        self.health = await shared(account_id, "health", lambda: load_health(account_id))
        self._health_at = time.monotonic()


def _read(
    connection: Connection, account_id: str
) -> tuple[list[DestinationView], list[OutageView]]:
    return list_destinations(connection, account_id), list_outages(connection, account_id)
