"""Sends what was accepted and writes down what came of it.

A commit hands its deliveries over at once, already leased to this worker. The sweep finds the
rest: retries that are due, what found no room, what another process left behind.

Every destination has a lane: one message at a time, in order. So one that is slow, paused or dead
holds up nobody else; and a provider that is dead is not asked but by single tries
(docs/reliability.md).
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta

from pingpilot_app.delivery.attempt import (
    SEND_TIMEOUT,
    Attempt,
    attempt,
    breaks_destination,
    refused,
    to_record,
)
from pingpilot_app.delivery.breaker import Breaker
from pingpilot_app.delivery.clock import Clock, StepBack
from pingpilot_app.delivery.lane import Lane
from pingpilot_app.delivery.outage_log import OutageLog
from pingpilot_app.delivery.policy import Policy
from pingpilot_app.delivery.provider import Gate, Provider
from pingpilot_app.delivery.recorder import Recorder
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.failure import Failure
from pingpilot_app.logs import about
from pingpilot_app.senders.sender import Receipt, Scope, Sender, SendError
from pingpilot_app.storage.acceptance import Accepted, AcceptEvent
from pingpilot_app.storage.attempts import RecordAttempt, Recorded
from pingpilot_app.storage.deliveries import ClaimDue, DeliveryKey, Job, PutBack, follow_clock
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.replays import Replay, ReplayFailures
from pingpilot_app.storage.writer import Op, Writer

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=150)
ROOM = 3_000  # jobs of one channel in memory; beyond that the rows wait in the database
CLAIM_MAX = 500  # deliveries that one sweep takes of a channel: the writer has other work too
HOLD_MAX = 5.0  # seconds that jobs stay in memory for a destination that takes nothing
LANES_MAX = 5_000  # destinations that are remembered though nothing is going on there


class Worker:
    """Delivers for one process. Pauses and paces are kept by a clock that never steps."""

    def __init__(
        self,
        writer: Writer,
        senders: Mapping[Channel, Sender],
        policy: Policy,
        public_url: str,
        outages: OutageLog,
        clock: Clock,
    ) -> None:
        self._writer = writer
        self._senders = senders
        self._policy = policy
        self._public_url = public_url
        self._outages = outages
        self._clock = clock
        self._step_back = StepBack(clock)
        self._recorder = Recorder(writer)
        self._providers = {channel: Provider(channel, policy) for channel in Channel}
        self._lanes: dict[str, Lane] = {}  # by destination
        self._held: dict[str, Job] = {}  # until it is stored what came of them
        self._load: Counter[Channel] = Counter()
        self._sending: set[Lane] = set()
        self._wake = asyncio.Event()
        self._sweeping: asyncio.Task[None] | None = None

    @property
    def alive(self) -> bool:
        """Tell whether the worker runs."""
        return self._sweeping is not None and not self._sweeping.done()

    @property
    def backlog(self) -> int:
        """Return how many deliveries are in memory, those under way included."""
        return len(self._held)

    @property
    def sending(self) -> int:
        """Return how many messages a provider is being asked to take right now."""
        return len(self._sending)

    def gate_of(self, channel: Channel) -> Gate:
        """Return what may go to a channel's provider now."""
        return self._gate(channel, time.monotonic())

    def start(self) -> None:
        """Start sending. Call on the event loop."""
        self._writer.listen(self._committed)
        self._sweeping = asyncio.create_task(self._sweep())

    async def stop(self) -> None:
        """Let messages that are under way arrive, within the grace, and put the rest back."""
        sweeping, self._sweeping = self._sweeping, None
        if sweeping is None:
            return
        sweeping.cancel()
        await asyncio.gather(sweeping, return_exceptions=True)
        self._put_back_lanes(self._lanes.values())
        await self._end_lanes()
        await self._recorder.close()
        await self._outages.close()

    def lease(self, destination: DestinationView, now: datetime) -> datetime | None:
        """Return until when a delivery accepted `now` is ours, None where it has to wait."""
        moment = time.monotonic()
        full = self._load[destination.channel] >= ROOM
        if full or not self.alive or self._gate(destination.channel, moment) is not Gate.OPEN:
            return None
        lane = self._lanes.get(destination.id)
        if lane is None or lane.takes(moment, HOLD_MAX):
            return now + LEASE
        lane.behind += 1
        return None

    # What comes in

    def _committed(self, op: Op[object], answer: object) -> None:
        if isinstance(op, AcceptEvent) and isinstance(answer, Accepted) and not answer.replayed:
            self._take(job for job in op.jobs if job.lease_until is not None)
        elif isinstance(op, RecordAttempt):
            self._forget(op.delivery_id)
            if isinstance(answer, Recorded) and answer.handed_on:
                self._wake.set()
        elif isinstance(op, PutBack):
            self._forget_all(op.keys)
        elif isinstance(op, Replay | ReplayFailures):
            self.try_now(op.account_id)

    def wake(self) -> None:
        """Look at once for what is due."""
        self._wake.set()

    def try_now(self, account_id: str) -> None:
        """Try what failed of this account without waiting longer, but keep the pauses that the
        providers asked for.
        """
        now = time.monotonic()
        for lane in self._lanes.values():
            if lane.account_id == account_id:
                lane.breaker.try_now(now)
                self._providers[lane.channel].breaker.try_now(now)
                self._outages.end(lane.channel, lane.destination.id)
        self._wake.set()

    def works(self, destination: DestinationView) -> None:
        """Hold nothing of this destination or its provider back: a message just arrived there."""
        self._providers[destination.channel].works()
        self._outages.end(destination.channel)
        if destination.id in self._lanes:
            self._lanes[destination.id].works()
            self._outages.end(destination.channel, destination.id)
        self._wake.set()

    def turned(self, channel: Channel) -> None:
        """Forget what was learned of a provider: the channel's messages go to another now.

        What waits here is fetched anew: whether its address counts as proved may have changed.
        """
        self._providers[channel].works()
        self._outages.end(channel)
        self._put_back_lanes([one for one in self._lanes.values() if one.channel is channel])
        for destination, lane in self._lanes.items():
            if lane.channel is channel:
                lane.works()
                self._outages.end(channel, destination)
        self._wake.set()

    async def _sweep(self) -> None:
        while True:
            try:
                await self._follow_clock()
                await self._claim()
            except Unavailable as exc:
                logger.warning("cannot look for due deliveries: %s", exc)
            except Exception:
                logger.exception("the sweep failed")
            self._forget_idle_lanes()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._policy.sweep):
                    await self._wake.wait()
            self._wake.clear()

    async def _follow_clock(self) -> None:
        """Move what is due along with a clock that was set back, or it would wait as long again."""
        step = self._step_back.look()
        if step:
            moved = await self._writer.run(None, follow_clock, self._clock(), -step)
            logger.warning("the clock was set back by %s; moved %s deliveries", step, moved)

    async def _claim(self) -> None:
        moment, now = time.monotonic(), self._clock()
        rooms = {channel: self._claimable(channel, moment) for channel in Channel}
        rooms = {channel: room for channel, room in rooms.items() if room > 0}
        places = {one: lane.places(moment, HOLD_MAX) for one, lane in self._lanes.items()}
        full = [destination for destination, place in places.items() if not place]
        if rooms:
            before = {destination: lane.behind for destination, lane in self._lanes.items()}
            op = ClaimDue(now, now + LEASE, rooms, places, full)
            found = await self._writer.submit(op)
            self._take(found)
            self._see_who_caught_up(op, found, before)

    def _see_who_caught_up(self, op: ClaimDue, found: list[Job], before: Mapping[str, int]) -> None:
        """Let new events of a destination go at once where no older ones wait in their rows."""
        fetched = Counter(job.destination.id for job in found)
        by_channel = Counter(job.channel for job in found)
        for destination, place in op.places.items():
            lane = self._lanes.get(destination)
            if (
                lane is None
                or not place
                or by_channel[lane.channel] >= op.rooms.get(lane.channel, 0)
            ):
                continue
            if fetched[destination] < place and lane.behind == before[destination]:
                lane.behind = 0

    def _claimable(self, channel: Channel, moment: float) -> int:
        gate = self._providers[channel].gate(moment)
        if gate is Gate.OPEN:
            return min(CLAIM_MAX, ROOM - self._load[channel])
        return 1 if gate is Gate.PROBE else 0

    def _take(self, jobs: Iterable[Job]) -> None:
        moment, late = time.monotonic(), list[DeliveryKey]()
        for job in jobs:
            if job.delivery_id in self._held:  # its lease had ended: it has a new one
                self._held[job.delivery_id] = job
            elif job.destination.obstacle is not None:
                self._refuse(job, job.destination.obstacle)
            elif self._can_enter(job, moment):
                self._enter(job)
            else:
                self._lane(job).behind += 1
                late.append(job.key)  # it keeps its place
        self._put_back(late)

    def _can_enter(self, job: Job, moment: float) -> bool:
        if not self.alive or self._gate(job.channel, moment) is Gate.SHUT:
            return False
        lane = self._lane(job)
        return lane.held(moment) <= HOLD_MAX and len(lane) < 2 * lane.room

    def _gate(self, channel: Channel, moment: float) -> Gate:
        return self._providers[channel].gate(moment)

    def _enter(self, job: Job) -> None:
        provider, lane = self._providers[job.channel], self._lane(job)
        if provider.gate(time.monotonic()) is Gate.PROBE:
            provider.probe = job.delivery_id
        self._hold(job)
        lane.put(job)
        if lane.task is None:
            lane.task = asyncio.create_task(self._serve(lane))

    def _lane(self, job: Job) -> Lane:
        lane = self._lanes.get(job.destination.id)
        if lane is None:
            policy = self._policy.channels[job.channel]
            breaker = Breaker(self._policy.destination_breaker)
            lane = Lane(job.account_id, job.destination, policy, breaker)
            self._lanes[job.destination.id] = lane
        elif lane.destination.address != job.destination.address:
            lane.destination = job.destination
            lane.breaker.succeeded()  # it is another that failed
            self._outages.end(job.channel, job.destination.id)
        return lane

    # What goes out

    async def _serve(self, lane: Lane) -> None:
        """Send the lane's jobs until none is left here."""
        provider = self._providers[lane.channel]
        try:
            while lane and self.alive:
                if lane.held(time.monotonic()) > HOLD_MAX:
                    self._put_back_lanes([lane])
                    return
                await _sleep(lane.wait(time.monotonic()))
                async with provider.room:
                    await _sleep(provider.turn(time.monotonic()))
                    job = lane.pop()
                    if job is not None:  # else it was put back while we waited for our turn
                        await self._work(lane, provider, job.delivery_id)
        finally:
            lane.task = None

    async def _work(self, lane: Lane, provider: Provider, delivery_id: str) -> None:
        try:
            await self._send_if_ours(lane, provider, self._held[delivery_id])
        except Exception:  # a bug: the sweep finds the delivery again when its lease has ended
            logger.exception("delivery %s could not be worked on", delivery_id)
            self._forget(delivery_id)

    async def _send_if_ours(self, lane: Lane, provider: Provider, job: Job) -> None:
        if not provider.lets(job.delivery_id, time.monotonic()):
            self._put_back([job.key])
        elif not _ours(job, self._clock()):
            self._forget(job.delivery_id)  # it waited too long here; the sweep finds it
        else:
            lane.pace.take(time.monotonic())
            await self._send(lane, provider, job)

    async def _send(self, lane: Lane, provider: Provider, job: Job) -> None:
        self._sending.add(lane)
        try:
            with about(accountId=job.account_id, eventId=job.event_id, deliveryId=job.delivery_id):
                made = await attempt(job, self._senders, self._public_url, self._clock())
        finally:
            self._sending.discard(lane)
        self._record(made)
        self._learn(lane, provider, made)
        await self._recorder.room()

    def _refuse(self, job: Job, failure: Failure) -> None:
        self._hold(job)
        self._record(refused(job, failure, self._clock()))

    def _record(self, made: Attempt) -> None:
        op = to_record(made, self._policy)
        self._recorder.put(op, lambda: self._forget(made.job.delivery_id))

    def _hold(self, job: Job) -> None:
        self._held[job.delivery_id] = job
        self._load[job.channel] += 1

    def _forget(self, delivery_id: str) -> None:
        """Let the sweep find the delivery again, if there is still something to do."""
        job = self._held.pop(delivery_id, None)
        if job is not None:
            self._load[job.channel] -= 1
            self._providers[job.channel].probed(delivery_id)

    # What is learned from it

    def _learn(self, lane: Lane, provider: Provider, made: Attempt) -> None:
        now, was_closed = time.monotonic(), provider.breaker.closed
        shut = provider.learn(made.result, now)
        provider.probed(made.job.delivery_id)
        if shut:
            self._shut(provider, made)
        elif provider.gate(now) is Gate.OPEN:
            self._outages.end(provider.channel)
        if provider.breaker.closed and not was_closed:
            self._wake.set()
        self._teach(lane, provider, made, now)

    def _shut(self, provider: Provider, made: Attempt) -> None:
        """Keep nothing for a provider that takes nothing; its destinations are not to blame."""
        assert isinstance(made.result, SendError)  # noqa: S101  # a receipt shuts nothing
        lanes = [lane for lane in self._lanes.values() if lane.channel is provider.channel]
        for lane in lanes:
            lane.breaker.succeeded()
        self._put_back_lanes(lanes)
        held = provider.held(time.monotonic())
        self._outages.begin(made.job, made.result, self._clock(), held, whole=True)
        words = f"{made.result.reason} ({made.result.failure})"
        logger.warning("%s is not tried for %.0f s: %s", provider.channel.label, held, words)

    def _teach(self, lane: Lane, provider: Provider, made: Attempt, now: float) -> None:
        result = made.result
        if isinstance(result, Receipt):
            lane.works()
            lane.pause(now, result.pause)
        elif breaks_destination(result):
            self._break(lane, result)
        elif result.retry_after is not None and result.scope is not Scope.PROVIDER:
            lane.limit(now, result.retry_after)
        elif result.permanent:
            lane.breaker.succeeded()  # it is this message that was refused
        elif provider.breaker.closed:
            lane.breaker.failed(now)
        held = lane.held(now)
        if held > HOLD_MAX and isinstance(result, SendError):
            self._outages.begin(made.job, result, self._clock(), held, whole=False)
        elif held == 0:
            self._outages.end(lane.channel, lane.destination.id)

    def _break(self, lane: Lane, error: SendError) -> None:
        """Fail what waits in the lane: nothing arrives there any more."""
        for job in lane.take_all():
            self._record(refused(job, Failure.BROKEN, self._clock(), error.reason))

    # What goes back

    def _put_back_lanes(self, lanes: Iterable[Lane]) -> None:
        late: list[DeliveryKey] = []
        for lane in lanes:
            jobs = lane.take_all()
            lane.behind += len(jobs)
            late += [job.key for job in jobs]
        self._put_back(late)

    def _put_back(self, keys: list[DeliveryKey]) -> None:
        if keys:
            self._recorder.put(PutBack(keys), lambda: self._forget_all(keys))

    def _forget_all(self, keys: Iterable[DeliveryKey]) -> None:
        for _, _, delivery_id in keys:
            self._forget(delivery_id)

    async def _end_lanes(self) -> None:
        running = {lane.task: lane for lane in self._lanes.values() if lane.task is not None}
        for task, lane in running.items():
            if lane not in self._sending:
                task.cancel()
        if running:
            _, late = await asyncio.wait(running, timeout=self._policy.grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)

    def _forget_idle_lanes(self) -> None:
        if len(self._lanes) > LANES_MAX:
            now = time.monotonic()
            idle = [key for key, lane in self._lanes.items() if lane.idle(now)]
            for key in idle:
                del self._lanes[key]


def _ours(job: Job, now: datetime) -> bool:
    """Tell whether the lease lasts for a whole attempt."""
    return job.lease_until is not None and job.lease_until - now >= timedelta(seconds=SEND_TIMEOUT)


async def _sleep(seconds: float) -> None:
    if seconds > 0:
        await asyncio.sleep(seconds)
