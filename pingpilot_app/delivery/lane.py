"""The messages for one destination: one at a time, in order, at the pace that it takes them."""

import asyncio
import heapq

from pingpilot_app.delivery.breaker import Breaker
from pingpilot_app.delivery.pace import Pace
from pingpilot_app.delivery.policy import ChannelPolicy
from pingpilot_app.domain.channel import Channel
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.destinations import DestinationView

ROOM_MAX = 1_000  # jobs of one destination in memory
LIMIT_MIN, LIMIT_MAX = 0.05, 60.0  # seconds; a provider that asks for none is asked less and less


class Lane:
    """Keeps the jobs of one destination by the time of their events, and when the next may go.

    Times are seconds of the event loop's clock; what goes to the database is a `datetime`.
    """

    def __init__(
        self, account_id: str, destination: DestinationView, policy: ChannelPolicy, breaker: Breaker
    ) -> None:
        self.account_id = account_id
        self.destination = destination
        self.pace = Pace(policy.destination_rate)
        # No more than leave soon: the rest waits in its rows.
        self.room = min(ROOM_MAX, max(1, int(policy.room_seconds * policy.destination_rate)))
        self.breaker = breaker
        self.task: asyncio.Task[None] | None = None  # that sends, while there is something to
        self._jobs: list[tuple[str, Job]] = []
        self.behind = 0  # grows while jobs have to wait in their rows: new ones then queue up there
        self._paused_until = 0.0
        self._limits = 0

    def __len__(self) -> int:
        return len(self._jobs)

    @property
    def channel(self) -> Channel:
        """Return the way the messages go."""
        return self.destination.channel

    def takes(self, now: float, patience: float) -> bool:
        """Tell whether a new job has a place: nothing older waits elsewhere, and no longer hold
        than `patience` seconds.
        """
        return not self.behind and len(self._jobs) < self.room and self.held(now) <= patience

    def places(self, now: float, patience: float) -> int:
        """Return how many jobs may be fetched: none before half of the room is free."""
        free = self.room - len(self._jobs)
        return free if free * 2 >= self.room and self.held(now) <= patience else 0

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
        return max(self.held(now), self.pace.wait(now))

    def held(self, now: float) -> float:
        """Return the seconds for which the destination takes nothing, its pace aside."""
        return max(self._paused_until - now, self.breaker.wait(now), 0.0)

    def pause(self, now: float, seconds: float) -> None:
        """Send nothing for so long: the provider asked for it."""
        self._paused_until = max(self._paused_until, now + seconds)

    def limit(self, now: float, seconds: float) -> None:
        """Pause after a rate limit: limits in a row pause for longer than they ask for."""
        self._limits += 1
        self.pause(now, max(seconds, min(LIMIT_MAX, LIMIT_MIN * 2.0 ** min(self._limits, 20))))

    def works(self) -> None:
        """Hold nothing back: a message arrived."""
        self.breaker.succeeded()
        self._paused_until = 0.0
        self._limits = 0

    def idle(self, now: float) -> bool:
        """Tell whether nothing would be lost by forgetting the lane."""
        busy = self.task is not None or bool(self._jobs) or not self.breaker.closed
        return not busy and not self.behind and self.wait(now) == 0
