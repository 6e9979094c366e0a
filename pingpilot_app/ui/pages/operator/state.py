"""The health of this PingPilot, and the switch between providers and the sandbox."""

import time
from datetime import timedelta
from typing import Any, ClassVar

import reflex as rx
from sqlalchemy import Connection

from pingpilot_app.delivery import vitals
from pingpilot_app.delivery.instance import current
from pingpilot_app.delivery.sandbox_switch import outlet_of, switch_sandbox
from pingpilot_app.domain.audit import Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.storage import instance_health, migrations
from pingpilot_app.ui.browser_acts import toast
from pingpilot_app.ui.entered import now
from pingpilot_app.ui.pages.operator.channels import ChannelRow, channel_row, switch_question
from pingpilot_app.ui.pages.operator.guard import ForOperators
from pingpilot_app.ui.pages.operator.health import (
    Counted,
    FactGroup,
    Health,
    QueueRow,
    Totals,
    fact_groups,
    problems,
    queue_row,
)

TOTALS_KEPT = 60.0  # seconds; what goes through all that is stored is not asked for so often


class OperatorState(ForOperators, rx.State):
    """How everything is, looked at every five seconds while the page is open."""

    again: ClassVar[float] = 5.0

    problems: list[str] = []
    queue: QueueRow = QueueRow()
    groups: list[FactGroup] = []
    channels: list[ChannelRow] = []
    question: str = ""  # the switch that the dialog asks about
    warning: str = ""

    _totals: Totals | None = None
    _totals_until: float = 0.0
    _asked: str = ""  # the channel that the dialog asks about
    _to_sandbox: bool = False

    def _begin(self) -> None:
        self.question = ""

    async def _look(self) -> None:
        found = await _health(await self._kept_totals())
        self.problems = problems(found)
        self.queue = queue_row(found)
        self.groups = fact_groups(found)
        self.channels = [channel_row(outlet, found) for outlet in found.outlets]

    async def _kept_totals(self) -> Totals:
        if self._totals is None or time.monotonic() > self._totals_until:
            self._totals = await current().database.read(_totals)
            self._totals_until = time.monotonic() + TOTALS_KEPT
        return self._totals

    @rx.event
    async def ask(self, name: str, to_sandbox: bool) -> Any:
        """Ask before a channel goes elsewhere."""
        if away := await self._turned_away():
            return away
        if name in list(Channel) and isinstance(to_sandbox, bool):
            self._asked, self._to_sandbox = name, to_sandbox
            self.question, self.warning = switch_question(Channel(name), to_sandbox=to_sandbox)
        return None

    @rx.event
    async def keep(self) -> Any:
        """Close the dialog and switch nothing."""
        if away := await self._turned_away():
            return away
        self.question = ""
        return None

    @rx.event
    async def switch(self) -> Any:
        """Send the channel that was asked about elsewhere."""
        if away := await self._turned_away():
            return away
        asked, self.question = self.question, ""
        if not asked:
            return None
        actor = await self._actor()
        said = await _switch(Channel(self._asked), actor, to_sandbox=self._to_sandbox)
        await self._show()
        return said


async def _switch(channel: Channel, actor: Actor, *, to_sandbox: bool) -> Any:
    where = current(), channel, now()
    try:
        outlet = await switch_sandbox(*where, to_sandbox=to_sandbox, actor=actor)
    except PingPilotError as refusal:
        return toast.error(refusal.message)
    goal = "the sandbox" if outlet.sandboxed else outlet.target
    return toast.success(f"{channel.label} goes to {goal} from now on.")


async def _health(totals: Totals) -> Health:
    instance = current()
    return Health(
        at=now(),
        settings=instance.settings,
        outlets=tuple(outlet_of(instance, channel) for channel in Channel),
        started_at=instance.started_at,
        vitals=await vitals.look(instance),
        counted=await instance.database.read(_counted),
        totals=totals,
    )


def _counted(connection: Connection) -> Counted:
    moment = now()
    return Counted(
        queue=instance_health.queue_depth(connection, moment),
        failures=instance_health.failures_since(connection, moment - timedelta(days=1)),
        outages=instance_health.provider_outages(connection),
        held=instance_health.held_destinations(connection),
    )


def _totals(connection: Connection) -> Totals:
    return Totals(
        failed=instance_health.failed_in_all(connection),
        database_size=instance_health.database_size(connection),
        level=migrations.level(connection),
    )
