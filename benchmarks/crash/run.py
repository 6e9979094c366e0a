"""One run: rounds of load, kill and comparison on one data directory."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from benchmarks.crash.accounts import open_accounts
from benchmarks.crash.clients import Client, Journal
from benchmarks.crash.plan import Moment, Plan, chance_of, plan_round
from benchmarks.crash.promises import (
    Evidence,
    Kill,
    Violation,
    promises_at_a_kill,
    promises_when_settled,
)
from benchmarks.crash.providers import Providers
from benchmarks.crash.server import Ended, Server
from benchmarks.crash.stored import Stored
from benchmarks.ports import free_ports
from pingpilot_app.senders.network import AsyncioTransport

CONNECTIONS = 3  # of each account
SETTLED_EVERY = 20  # rounds after which everything is delivered and compared in full
_SETTLE_MAX = 90.0  # seconds
_ANSWER_MAX = 30.0  # seconds

# Short waits, so that what failed is tried again within the run, and no provider's pace.
_SETTINGS = {
    "RETRY_SCHEDULE": "1s 1s 1s 2s 2s 2s 2s 2s",
    "DISCORD_RATE": "100000",
    "TELEGRAM_RATE": "100000",
    "TELEGRAM_CHAT_RATE": "100000",
}


@dataclass
class Result:
    """What a run came to. `generation` counts the servers, `kills` counts by moment."""

    evidence: Evidence
    server: Server
    providers: Providers
    rounds: int = 0
    generation: int = 0
    kills: Counter[Moment] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)


Progress = Callable[[int, Plan | None, Result], None]


async def run(data_dir: Path, rounds: int, seed: int, progress: Progress | None = None) -> Result:
    """Run until the last round or the first violation; the data directory stays as it is then.

    `progress` is called after each round, without a plan where the round was only to settle.
    """
    accounts = open_accounts(data_dir)
    async with Providers(free_ports()) as providers:
        server = Server(data_dir, free_ports(), _SETTINGS)
        evidence = Evidence(accounts, Journal(), providers.arrivals, Stored(data_dir))
        run = _Run(seed, Result(evidence, server, providers), progress or _silent)
        try:
            await run.all_rounds(rounds)
        finally:
            await server.close()
        return run.result


def _silent(*_: object) -> None:
    pass


class _Run:
    def __init__(self, seed: int, result: Result, progress: Progress) -> None:
        self.result = result
        self._seed = seed
        self._progress = progress
        self._evidence = result.evidence
        self._server = result.server
        self._providers = result.providers

    async def all_rounds(self, rounds: int) -> None:
        for number in range(1, rounds + 1):
            await self._tried(number, plan_round(self._seed, number))
            if number % SETTLED_EVERY == 0 or number == rounds:
                await self._tried(number, None)
            if self.result.violations:
                return

    async def _tried(self, number: int, plan: Plan | None) -> None:
        if self.result.violations:
            return
        try:
            await (self._round(number, plan) if plan else self._settle())
        except (Ended, TimeoutError, httpx.HTTPError) as exc:
            self.result.violations.append(Violation("the server starts, answers, stops", repr(exc)))
        self.result.rounds = number
        self._progress(number, plan, self.result)

    async def _round(self, number: int, plan: Plan) -> None:
        for trouble in plan.troubles:
            self._providers.faults.plan(trouble.channel, trouble.fault, trouble.times)
        await self._spawn()
        if plan.moment is Moment.STARTING:
            await asyncio.sleep(plan.after)
            await self._kill(plan.moment)
            return
        async with self._http() as http:
            await self._load(number, plan, http)
        if plan.moment is Moment.TWICE and not self.result.violations:
            await self._spawn()
            await asyncio.sleep(plan.again_after)
            await self._kill(plan.moment)

    async def _load(self, number: int, plan: Plan, http: httpx.AsyncClient) -> None:
        await self._server.ready(http)
        posting = [
            asyncio.create_task(client.post_until_killed(plan.posts, plan.pause))
            for client in self._clients(http, number)
        ]
        if plan.moment is Moment.FIRST_ANSWERS:
            async with asyncio.timeout(_ANSWER_MAX):
                await self._evidence.journal.more_acknowledged(plan.answers)
        else:
            await asyncio.sleep(plan.after)
        await self._kill(plan.moment, posting)

    def _http(self) -> httpx.AsyncClient:
        # httpx's own network code lets an AttributeError out where a connection dies at its birth.
        transport = AsyncioTransport(connections=100, keepalive_expiry=_ANSWER_MAX)
        url = self._server.url
        return httpx.AsyncClient(transport=transport, base_url=url, timeout=_ANSWER_MAX)

    def _clients(self, http: httpx.AsyncClient, number: int) -> list[Client]:
        connected = [account for account in self._evidence.accounts for _ in range(CONNECTIONS)]
        return [
            Client(http, self._evidence.journal, account, chance_of(self._seed, number, place))
            for place, account in enumerate(connected)
        ]

    async def _spawn(self) -> None:
        self.result.generation += 1
        await self._server.spawn(self._providers.environment(self.result.generation))

    async def _kill(self, moment: Moment, posting: list[asyncio.Task[None]] | None = None) -> None:
        """Kill the server and compare what must hold at any moment."""
        await self._server.kill()
        at = time.monotonic()
        async with asyncio.timeout(_ANSWER_MAX):
            await asyncio.gather(*posting or ())
        self._providers.faults.clear()
        self.result.kills[moment] += 1
        evidence = self._evidence
        evidence.kills[self.result.generation] = Kill(at, evidence.stored.leased())
        self.result.violations += promises_at_a_kill(evidence)

    async def _settle(self) -> None:
        """Start once more, let everything end, stop in good order and compare all."""
        await self._spawn()
        async with self._http() as http:
            await self._server.ready(http)
            for client in self._clients(http, 0):
                await client.repeat_unanswered()
        try:
            async with asyncio.timeout(_SETTLE_MAX):
                while self._evidence.stored.pending():  # noqa: ASYNC110  # another process's database
                    await asyncio.sleep(0.1)
        except TimeoutError:
            pass  # the comparison says which
        await self._server.stop()
        self.result.violations += promises_when_settled(self._evidence)
