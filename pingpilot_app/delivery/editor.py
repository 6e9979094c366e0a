"""Has messages that were sent say who has their event.

It is no part of a delivery: it counts as no attempt, holds no delivery up, and gives up early.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pingpilot_app.delivery.attempt import message_of
from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.provider import Gate
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import PingPilotError
from pingpilot_app.senders.sender import Destination, Editor, Scope, Sender, SendError
from pingpilot_app.storage.database import Database
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.message_edits import EditView, due_edits, finish_edits, next_edit
from pingpilot_app.storage.writer import Writer

logger = logging.getLogger(__name__)

EDITS_TOPIC = "edits"  # the bus's name for messages that have to say something new
SWEEP = 60.0  # seconds between two looks without a reason
BATCH = 50
SHUT = timedelta(seconds=30)  # between two looks whether a provider takes anything again
WAITS = tuple(timedelta(seconds=one) for one in (5, 30, 120, 600))  # after failures; then no more
_BREATH = 0.05  # seconds between two rounds at least


@dataclass(slots=True)
class _Outcome:
    done: list[EditView] = field(default_factory=list)
    later: list[tuple[EditView, datetime, int]] = field(default_factory=list)
    closed: dict[str, datetime] = field(default_factory=dict)  # destination, or "" for all

    def put_off(self, edit: EditView, until: datetime) -> None:
        """Wait as the provider asks: no try is used up."""
        self.later.append((edit, until, edit.attempts))


class MessageEditor:
    """Edits what is due, one message after the other at each provider."""

    def __init__(
        self,
        writer: Writer,
        database: Database,
        senders: Mapping[Channel, Sender],
        gate_of: Callable[[Channel], Gate],
        *,
        bus: Bus,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._database = database
        self._senders = senders
        self._gate_of = gate_of
        self._bus = bus
        self._public_url = public_url
        self._clock = clock

    async def run(self) -> None:
        """Edit until cancelled."""
        wake = self._bus.subscribe(EDITS_TOPIC)
        while True:
            wake.clear()
            wait = SWEEP
            try:
                wait = await self._round()
            except PingPilotError as exc:
                logger.warning("editing messages has to wait: %s", exc)
            except Exception:
                logger.exception("editing messages failed")
            await asyncio.sleep(_BREATH)
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await wake.wait()

    async def _round(self) -> float:
        """Edit what is due and return the seconds until more is."""
        due = await self._database.read(due_edits, self._clock(), BATCH)
        by_channel: dict[Channel | None, list[EditView]] = {}
        for edit in due:
            channel = edit.destination.channel if edit.destination else None
            by_channel.setdefault(channel, []).append(edit)
        await asyncio.gather(*(self._edit_all(one, edits) for one, edits in by_channel.items()))
        following = await self._database.read(next_edit)
        if following is None:
            return SWEEP
        return min(max((following - self._clock()).total_seconds(), 0.0), SWEEP)

    async def _edit_all(self, channel: Channel | None, edits: Sequence[EditView]) -> None:
        outcome = _Outcome()
        for edit in edits:
            if channel is None or edit.destination is None:
                outcome.done.append(edit)
            else:
                await self._edit(edit, edit.destination, outcome)
        await self._writer.run(None, finish_edits, outcome.done, outcome.later)

    async def _edit(self, edit: EditView, destination: DestinationView, outcome: _Outcome) -> None:
        until = outcome.closed.get("") or outcome.closed.get(destination.id)
        if until is None and self._gate_of(destination.channel) is not Gate.OPEN:
            until = self._clock() + SHUT
        if until is not None:
            outcome.put_off(edit, until)
            return
        error = await self._try(edit, destination)
        if error is None:
            outcome.done.append(edit)
        else:
            self._learn(edit, destination, error, outcome)

    async def _try(self, edit: EditView, destination: DestinationView) -> SendError | None:
        sender = self._senders.get(destination.channel)
        if not isinstance(sender, Editor) or destination.obstacle is not None:
            return None  # nobody to ask, or nobody who would see it
        target = Destination(destination.id, destination.address or "", dict(destination.state))
        message = message_of(edit.shown, self._public_url, edit.shown.standing)
        try:
            await sender.edit(message, target, edit.reference)
        except SendError as error:
            return error
        return None

    def _learn(
        self, edit: EditView, destination: DestinationView, error: SendError, outcome: _Outcome
    ) -> None:
        now = self._clock()
        if error.retry_after is not None or error.scope is Scope.PROVIDER:
            wait = SHUT if error.retry_after is None else timedelta(seconds=error.retry_after)
            place = "" if error.scope is Scope.PROVIDER else destination.id
            outcome.closed[place] = now + wait
            outcome.put_off(edit, now + wait)
        elif error.permanent or edit.attempts >= len(WAITS):
            logger.info("a message cannot be edited: %s", error.reason)
            outcome.done.append(edit)
        else:
            outcome.later.append((edit, now + WAITS[edit.attempts], edit.attempts + 1))
