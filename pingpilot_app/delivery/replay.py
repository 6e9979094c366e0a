"""Sending again what was sent or given up before."""

import asyncio
from collections.abc import Awaitable, Callable

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.replays import BATCH, Failures, Replay, ReplayFailures

PAUSE = 0.02  # seconds between two batches, for those who wait for the writer


async def replay_event(
    instance: Instance,
    account_id: str,
    event_id: str,
    channels: frozenset[Channel] | None = None,
    *,
    actor: Actor,
    again: bool = True,
) -> int:
    """Send an event again, by the channels that failed unless others are named; return how many.

    What waits for its next try is tried at once; what was delivered by a named channel arrives a
    second time, unless `again` is off. Raises NotFound, Conflict where there is nothing to send,
    Invalid where a channel is not ready.
    """
    what = Entry(Action.EVENTS_REPLAYED, actor, account_id, event_id)
    op = Replay(account_id, event_id, channels, instance.clock(), again, what)
    return await instance.writer.submit(op)


async def replay_failures(
    instance: Instance,
    failures: Failures,
    progress: Callable[[int], Awaitable[None]] | None = None,
    *,
    actor: Actor,
) -> int:
    """Send again what `failures` describes, in batches that let other writes through.

    `progress` is told after each batch how many there were so far. Returns how many in all.
    """
    what: Entry | None = Entry(Action.EVENTS_REPLAYED, actor, failures.account_id)
    done, started = 0, BATCH
    while started == BATCH:
        op = ReplayFailures(failures, instance.clock(), mend=done == 0, entry=what)
        started = await instance.writer.submit(op)
        done, what = done + started, None
        if progress is not None:
            await progress(done)
        await asyncio.sleep(PAUSE)
    return done
