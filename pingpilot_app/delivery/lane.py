"""The messages for one destination: one at a time, in order, at the pace that it takes them."""

import asyncio
import heapq
from datetime import datetime, timedelta

from pingpilot_app.delivery.breaker import Breaker
from pingpilot_app.delivery.pace import Pace
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.destinations import DestinationView

ROOM_MAX = 1_000  # jobs of one destination in memory
ROOM_SECONDS = 30.0  # at a known pace, no more than leave within this time


class Lane:
    """Keeps the jobs of one destination by the time of their events, and when the next may go.

    Times are seconds of the event loop's clock; what goes to the database is a `datetime`.
    """

    def __init__(
        self, account_id: str, destination: DestinationView, pace: Pace, breaker: Breaker
    ) -> None:
        self.account_id = account_id
        self.destination = destination
        self.pace = pace
        self.breaker = breaker
        self.task: asyncio.Task[None] | None = None  # that sends, while there is something to
        self._jobs: list[tuple[str, Job]] = []
        self._paused_until = 0.0
        self._last_slot = 0.0
        self._step = pace.interval

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def channel(self) -> Channel:
        """Return the way the messages go."""
        return self.destination.channel

    def takes(self, now: float, patience: float) -> bool:
        """Tell whether a job has a place here: it will leave soon, within `patience` seconds of
        any hold.
        """
        room = min(ROOM_MAX, max(1, int(ROOM_SECONDS / self.pace.interval)))
        return len(self._jobs) < room and self.held(now) <= patience

    def put(self, job: Job) -> None:
        """Queue a job; events leave in the order in which they happened."""
        heapq.heappush(self._jobs, (job.delivery_id, job))

    def pop(self) -> Job | None:
        """Take the next job out, None where there is none."""
        return heapq.heappop(self._jobs)[1] if self._jobs else None

    def take_all(self) -> list[Job]:
        """Take all jobs out, in order."""
        jobs = [job for _, job in sorted(self._jobs)]
        self._jobs.clear()
        return jobs

    def wait(self, now: float) -> float:
        """Return the seconds until the next message may go."""
        return max(self._paused_until - now, self.breaker.wait(now), self.pace.wait(now), 0.0)

    def held(self, now: float) -> float:
        """Return the seconds for which the destination takes nothing, its pace aside."""
        return max(self._paused_until - now, self.breaker.wait(now), 0.0)

    def pause(self, now: float, seconds: float) -> None:
        """Send nothing for so long: the provider asked for it."""
        self._paused_until = max(self._paused_until, now + seconds)

    def slot(self, now: float, wall: datetime) -> datetime:
        """Return when a job that has no place here shall come again: one pace after the last."""
        earliest = now + self.wait(now) + (len(self._jobs) + 1) * self._step
        self._last_slot = max(self._last_slot + self._step, earliest)
        return wall + timedelta(seconds=self._last_slot - now)

    def took(self, seconds: float) -> None:
        """Learn from how long a message took how long the next ones will."""
        self._step = max(self.pace.interval, 0.8 * self._step + 0.2 * seconds)

    def idle(self, now: float) -> bool:
        """Tell whether nothing would be lost by forgetting the lane."""
        busy = self.task is not None or bool(self._jobs) or not self.breaker.closed
        return not busy and self.wait(now) == 0 and self._last_slot <= now
