"""Sends what was accepted and writes down what came of it.

A commit hands its deliveries over at once, already leased to this worker. The sweep finds the
rest: retries that are due, what found no room, what another process left behind.
"""

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy.exc import IntegrityError

from pingpilot_app.delivery.attempt import to_record
from pingpilot_app.delivery.batching import Batching
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Unavailable
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.senders.sender import Destination, Receipt, Sender, SendError
from pingpilot_app.storage.acceptance import Accepted, AcceptEvent
from pingpilot_app.storage.deliveries import ClaimDue, Job, RecordAttempt
from pingpilot_app.storage.writer import Op, Writer

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=150)
SEND_TIMEOUT = 70.0  # seconds; longer than any sender's own time-outs, shorter than the lease
SWEEP_INTERVAL = 1.0  # seconds
RECORD_INTERVAL = 0.05  # seconds between two batches of recorded attempts
RECORDINGS_MAX = 500  # attempts that wait to be stored before sending waits for them
ROOM = 2_000  # jobs in memory; beyond that the rows wait in the database

CONCURRENCY = {Channel.DISCORD: 16, Channel.TELEGRAM: 16, Channel.EMAIL: 8}


class Worker:
    """Delivers for one process. Each channel has its own queue, so none waits for another."""

    def __init__(
        self,
        writer: Writer,
        senders: Mapping[Channel, Sender],
        schedule: RetrySchedule,
        public_url: str,
    ) -> None:
        self._writer = writer
        self._senders = senders
        self._schedule = schedule
        self._public_url = public_url
        self._queues: dict[Channel, asyncio.Queue[Job]] = {c: asyncio.Queue() for c in Channel}
        self._tasks: list[asyncio.Task[None]] = []
        self._batching = Batching(RECORD_INTERVAL)
        self._recordings: set[asyncio.Task[None]] = set()

    @property
    def backlog(self) -> int:
        """Return how many jobs wait in memory."""
        return sum(queue.qsize() for queue in self._queues.values())

    @property
    def alive(self) -> bool:
        """Tell whether the worker runs."""
        return bool(self._tasks) and not any(task.done() for task in self._tasks)

    def lease(self, now: datetime) -> datetime | None:
        """Return until when new deliveries are ours, None while there is no room for them."""
        return now + LEASE if self.backlog < ROOM and self._tasks else None

    def start(self) -> None:
        """Start sending. Call on the event loop."""
        self._writer.listen(self._committed)
        for channel, count in CONCURRENCY.items():
            self._tasks += [asyncio.create_task(self._work(channel)) for _ in range(count)]
        self._tasks.append(asyncio.create_task(self._sweep()))

    async def stop(self) -> None:
        """Stop sending. The next start, or the end of its lease, finds what was under way."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self._recordings, return_exceptions=True)

    def _committed(self, op: Op[object], answer: object) -> None:
        if isinstance(op, AcceptEvent) and isinstance(answer, Accepted) and not answer.replayed:
            self._take(op.jobs)

    def _take(self, jobs: Sequence[Job]) -> None:
        for job in jobs:
            if job.lease_until is not None:
                self._queues[job.channel].put_nowait(job)

    async def _sweep(self) -> None:
        while True:
            try:
                room = ROOM - self.backlog
                if room > 0:
                    now = datetime.now(UTC)
                    found = await self._writer.submit(ClaimDue(now, now + LEASE, room))
                    self._take(found)
            except Unavailable as exc:
                logger.warning("cannot look for due deliveries: %s", exc)
            except Exception:
                logger.exception("the sweep failed")
            await asyncio.sleep(SWEEP_INTERVAL)

    async def _work(self, channel: Channel) -> None:
        queue = self._queues[channel]
        while True:
            job = await queue.get()
            try:
                await self.attempt(job)
            except Exception:
                logger.exception("delivery %s could not be worked on", job.delivery_id)

    async def attempt(self, job: Job) -> None:
        """Try the delivery once and have written down what came of it."""
        started = datetime.now(UTC)
        if job.lease_until is None or job.lease_until - started < timedelta(seconds=SEND_TIMEOUT):
            return  # it waited too long here; the sweep finds it when the lease has ended
        clock = time.perf_counter()
        result = await self._send(job)
        ms = round((time.perf_counter() - clock) * 1000)
        recording = asyncio.create_task(
            self._record(to_record(job, result, started, ms, self._schedule))
        )
        self._recordings.add(recording)
        recording.add_done_callback(self._recordings.discard)
        if len(self._recordings) > RECORDINGS_MAX:
            await recording  # the database is slow: send no more than it can note down

    async def _send(self, job: Job) -> Receipt | SendError:
        sender = self._senders.get(job.channel)
        if sender is None or job.address is None:
            return SendError(f"{job.channel.label} is not set up any more", permanent=True)
        destination = Destination(job.destination_id, job.address, dict(job.state))
        nonce = job.delivery_id.removeprefix("dlv_")[-25:]
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                return await sender.send(self._message(job), destination, nonce)
        except SendError as error:
            return error
        except TimeoutError:
            return SendError("no answer in time", permanent=False)
        except Exception:
            logger.exception("sending delivery %s failed", job.delivery_id)
            return SendError("PingPilot failed to send this; see its log", permanent=False)

    def _message(self, job: Job) -> Message:
        return Message(
            event_id=job.event_id,
            category=job.category,
            emoji=job.emoji,
            color=job.color,
            description=job.description,
            fields=job.fields,
            created_at=job.created_at,
            url=f"{self._public_url}/events/{job.event_id}",
        )

    async def _record(self, op: RecordAttempt) -> None:
        """Store the attempt, however long the database takes: what is not stored is sent again."""
        await self._batching.wait()
        while True:
            try:
                await self._writer.submit(op)
            except IntegrityError:
                return  # the event was deleted meanwhile
            except Unavailable:
                if not self._tasks:  # stopping: the sweep of the next start sends it again
                    return
                await asyncio.sleep(1)
            else:
                return
