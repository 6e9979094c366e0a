"""One running PingPilot: builds the parts, starts and stops them in order."""

import asyncio
import hmac
import logging
from datetime import UTC, datetime
from typing import Any

from pingpilot_app.delivery.accept import Acceptor
from pingpilot_app.delivery.acknowledgement import acknowledge, sentence_of
from pingpilot_app.delivery.authorizer import Authorizer
from pingpilot_app.delivery.background import Background
from pingpilot_app.delivery.burst import Bursts
from pingpilot_app.delivery.bus import Bus
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.delivery.clock import Clock, system_clock
from pingpilot_app.delivery.data_lock import DataLock
from pingpilot_app.delivery.editor import EDITS_TOPIC, MessageEditor
from pingpilot_app.delivery.housekeeping import Housekeeping
from pingpilot_app.delivery.indexer import Indexer
from pingpilot_app.delivery.notifier import Notifier
from pingpilot_app.delivery.outage_log import OutageLog
from pingpilot_app.delivery.outlets import SANDBOX_TOPIC, Outlets
from pingpilot_app.delivery.policy import Policy, policy_of
from pingpilot_app.delivery.presence import Presence
from pingpilot_app.delivery.read_marks import ReadMarks
from pingpilot_app.delivery.refusals import Refusals
from pingpilot_app.delivery.telegram_poller import TelegramPoller
from pingpilot_app.delivery.timekeeper import Timekeeper
from pingpilot_app.delivery.watch import Watch
from pingpilot_app.delivery.worker import Worker
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_link import claim_token
from pingpilot_app.domain.quota import month_of, tells
from pingpilot_app.domain.unsubscribe import unsubscribe_token
from pingpilot_app.sandbox.sandbox import Sandbox
from pingpilot_app.sandbox.signing import public_key_of
from pingpilot_app.senders.sender import Destination, Sender
from pingpilot_app.senders.telegram_updates import TelegramUpdates
from pingpilot_app.settings import Providers, Settings, providers, secret_key
from pingpilot_app.storage import deliveries, migrations
from pingpilot_app.storage.acceptance import Accepted, AcceptEvent
from pingpilot_app.storage.attempts import RecordAttempt, Recorded
from pingpilot_app.storage.database import open_database
from pingpilot_app.storage.destinations import drop_sandbox_proofs
from pingpilot_app.storage.diversions import list_diversions
from pingpilot_app.storage.outages import clear_outages
from pingpilot_app.storage.readers import Reading
from pingpilot_app.storage.replays import Replay, ReplayFailures
from pingpilot_app.storage.sealing import count_lost
from pingpilot_app.storage.vault import LOST
from pingpilot_app.storage.writer import Call, Op, Writer

__all__ = ["SANDBOX_TOPIC", "Instance", "current", "set_current"]

logger = logging.getLogger(__name__)

_LOOKED_AT = 500  # encrypted values of a kind, at the start: some 10 ms
DIVERSIONS_TOPIC = "diversions"  # the bus's name for the operator's choice of outlets


class Instance:
    """Everything that one server process runs. Built without I/O; `start` does it all."""

    def __init__(
        self, settings: Settings, *, policy: Policy | None = None, clock: Clock = system_clock
    ) -> None:
        self.settings = settings
        self.policy = policy or policy_of(settings)
        self.clock = clock
        self.works = settings.pingpilot_role.works
        self.started_at: datetime | None = None
        self.bus = Bus()
        self.presence = Presence(self.bus)
        self.background = Background()
        self.bursts = Bursts(settings.api_burst, settings.api_rate)
        self.outlets = Outlets(settings, self.bus)
        self.closing = asyncio.Event()  # set as soon as it is known that the process will stop
        self._lock = DataLock(settings.data_dir)
        self._tasks: list[asyncio.Task[None]] = []
        self._ending: asyncio.Task[None] | None = None
        self._poller: asyncio.Task[None] | None = None
        self._turning = asyncio.Lock()

    @property
    def providers(self) -> Providers:
        """Return the provider that each channel goes to now."""
        return self.outlets.providers

    @property
    def senders(self) -> dict[Channel, Sender]:
        """Return the sender of each channel that there is."""
        return self.outlets.senders

    @property
    def discord_key(self) -> bytes | None:
        """Return the public key that Discord's interactions are signed with, where any come."""
        discord, key = self.providers.discord, self.settings.discord_public_key
        if discord is None or not discord.takes_interactions:
            return None
        if discord.sandboxed:
            return public_key_of(self.outlets.sandbox_seed)
        return bytes.fromhex(key) if key else None

    def is_sandboxed(self, channel: Channel) -> bool:
        """Tell whether a channel's messages end in the sandbox now."""
        provider = self.providers.of(channel)
        return provider is not None and provider.sandboxed

    @property
    def sandbox(self) -> Sandbox | None:
        """Return the sandbox, where it runs in this process."""
        return self.outlets.sandbox

    async def start(self) -> None:
        """Lock the data, migrate, and start every part. Raises SettingsError."""
        if self.works:
            self._lock.acquire()
        try:
            await self._open_storage()
            await self.outlets.open(await self.database.read(list_diversions))
            await self._drop_sandbox_proofs(self.providers)
            await self._start_delivery()
        except BaseException:
            self._lock.release()
            raise
        self.started_at = datetime.now(UTC)

    async def stop(self) -> None:
        """Stop every part, the last started first."""
        self.started_at = None
        self.closing.set()
        if self._ending is not None:
            await self._ending
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.background.stop()
        await self.watch.flush()
        await self.read_marks.flush()
        await self.writer.stop()
        await self.outlets.close()
        await asyncio.to_thread(self.database.close)
        self._lock.release()

    def changed(self, account_id: str) -> None:
        """Forget what is cached of an account and wake who watches it."""
        self.cache.drop(account_id)
        self.bus.publish(account_id)

    async def _open_storage(self) -> None:
        self.pepper = await asyncio.to_thread(secret_key, self.settings)
        self.outlets.unsubscribe = self._unsubscribe_url
        self.outlets.claim_link = self._claim_url
        self.outlets.sandbox_seed = hmac.digest(self.pepper, b"sandbox discord", "sha256")
        self.database = open_database(self.settings)
        await asyncio.to_thread(self.database.vault.load)  # a broken key file stops the start
        await asyncio.to_thread(migrations.upgrade, self.database)
        if lost := await self.database.read(count_lost, _LOOKED_AT):
            logger.error("at least %s encrypted values cannot be read. %s", lost, LOST)
        self.writer = Writer(self.database)
        self.cache = Cache(self.database)
        self.writer.listen(self._committed)
        self.writer.start()
        self.indexer = Indexer(self.writer)
        self.watch = Watch(self.writer, self.cache, self.bus)
        self._run(self.watch.run())
        self.read_marks = ReadMarks(self.writer, self.database)
        self._run(self.read_marks.run())

    def _unsubscribe_url(self, destination: Destination) -> str:
        token = unsubscribe_token(self.pepper, destination.id, destination.address)
        return f"{self.settings.public_url}/unsubscribe/{token}"

    def _claim_url(self, destination: Destination, event_id: str) -> str:
        token = claim_token(self.pepper, destination.id, destination.address, event_id)
        return f"{self.settings.public_url}/claim/{token}"

    async def _start_delivery(self) -> None:
        self.worker: Worker | None = None
        self.notifier = Notifier(
            self.writer, self.database, self.senders, self.settings.public_url, self.clock
        )
        if self.works:
            await self.writer.run(None, deliveries.release_leases)
            await self.writer.run(None, clear_outages)
            self.worker = self._new_worker()
            self.worker.start()
            self._ending = asyncio.create_task(self._end_delivery(self.worker))
            self._run(self.notifier.run())
            self._run(self._new_editor(self.worker).run())
            self._start_poller()
            self._run(self._new_housekeeping().run())
            self._run(self.indexer.run())
            self.timekeeper = Timekeeper(
                self.writer, self.database, self.clock, self._something_was_due
            )
            self._run(self.timekeeper.run())
        self._run(self._follow_diversions())
        self.authorizer = Authorizer(
            self.cache,
            self.pepper,
            self.clock,
            bursts=self.bursts,
            refusals=Refusals(self.settings.api_refusals),
        )
        self.acceptor = Acceptor(self.cache, self.writer, self.authorizer, self.worker, self.clock)

    async def _end_delivery(self, worker: Worker) -> None:
        """Stop sending as soon as it is known that the process will stop."""
        await self.closing.wait()
        self.bus.publish_all()  # whoever waits for an outcome need not wait longer
        await worker.stop()

    def _new_worker(self) -> Worker:
        return Worker(
            self.writer,
            self.senders,
            self.policy,
            self.settings.public_url,
            OutageLog(self.writer, self._outage_changed),
            self.clock,
        )

    def _new_editor(self, worker: Worker) -> MessageEditor:
        return MessageEditor(
            *(self.writer, self.database, self.senders, worker.gate_of),
            bus=self.bus,
            public_url=self.settings.public_url,
            clock=self.clock,
        )

    def _outage_changed(self, account_id: str | None) -> None:
        self.notifier.wake()
        if account_id is None:
            self.bus.publish_all()
        else:
            self.bus.publish(account_id)

    def _something_was_due(self, account_id: str) -> None:
        if self.worker is not None:
            self.worker.wake()
        self.notifier.wake()
        self.bus.publish(account_id)

    def _new_housekeeping(self) -> Housekeeping:
        days, audit_days = self.settings.retention_days, self.settings.audit_days
        return Housekeeping(
            self.database, self.writer, self.bus, days, self.clock, audit_days=audit_days
        )

    async def turn_outlets(self) -> None:
        """Send every channel where the operator wants it now. Raises SettingsError."""
        async with self._turning:
            diverted = await self.database.read(list_diversions)
            wanted = providers(self.settings, diverted)
            await self._drop_sandbox_proofs(wanted)
            await self._drop_sandbox_proofs(wanted)  # what was accepted before is stored by now
            for channel in await self.outlets.turn(diverted):
                self._turned(channel)
            await self._drop_sandbox_proofs(wanted)  # what was proved while it turned

    async def _drop_sandbox_proofs(self, wanted: Providers) -> None:
        """Have nothing sent to people by addresses that were proved to the sandbox alone."""
        found = {channel: wanted.of(channel) for channel in Channel}
        real = [channel for channel, one in found.items() if one and not one.sandboxed]
        now = datetime.now(UTC)
        dropped = await self.writer.run(None, drop_sandbox_proofs, real, now)
        self.cache.drop_all()
        if dropped:
            logger.warning("%s addresses were proved in the sandbox alone: prove again", dropped)

    def _turned(self, channel: Channel) -> None:
        provider = self.providers.of(channel)
        where = "the sandbox" if provider and provider.sandboxed else "its provider"
        logger.warning("%s goes to %s now", channel.label, where)
        if self.worker is not None:
            self.worker.turned(channel)
            if channel is Channel.TELEGRAM:
                self._start_poller()
        self.bus.publish_all()  # every account's pages say where its messages go

    async def _follow_diversions(self) -> None:
        """Notice what another process chose; this one's own choice is followed at once."""
        wake = self.bus.subscribe(DIVERSIONS_TOPIC)
        while True:
            await wake.wait()
            wake.clear()
            try:
                await self.turn_outlets()
            except Exception:
                logger.exception("cannot follow the operator's choice of sandbox")

    def _start_poller(self) -> None:
        if self._poller is not None:
            self._poller.cancel()
        if self.providers.telegram is not None:
            client = self.outlets.new_client(Channel.TELEGRAM)
            updates = TelegramUpdates(self.providers.telegram, client)
            sandboxed = self.is_sandboxed(Channel.TELEGRAM)
            poller = TelegramPoller(
                *(updates, self.writer, self.pepper, self.changed),
                sandboxed=sandboxed,
                on_press=self._pressed,
            )
            self._poller = self._run(poller.run())

    async def _pressed(self, reading: Reading) -> str:
        return sentence_of(*await acknowledge(self.writer, self.bus, reading, self.clock()))

    def _run(self, coroutine: Any) -> asyncio.Task[None]:
        self._tasks.append(asyncio.create_task(coroutine))
        return self._tasks[-1]

    def _committed(self, op: Op[Any], answer: object) -> None:
        if isinstance(op, AcceptEvent):
            if isinstance(answer, Accepted) and not answer.replayed:
                self.cache.count(op.account_id, month_of(op.created_at), answer.used)
                self.bus.publish(op.account_id)
                self.indexer.wake()
                if tells(answer.used, op.limit):
                    self.notifier.wake()
        elif isinstance(op, RecordAttempt):
            self._recorded(op, answer)
        elif isinstance(op, Call | Replay | ReplayFailures) and op.account_id is not None:
            self.changed(op.account_id)

    def _recorded(self, op: RecordAttempt, answer: object) -> None:
        if op.state is not None or op.new_address is not None or op.breaks:
            self.cache.drop(op.account_id)
        self.bus.publish(op.account_id)
        if isinstance(answer, Recorded) and answer.broke:
            self.notifier.wake()
        if isinstance(answer, Recorded) and answer.is_claimed:
            self.bus.publish(EDITS_TOPIC)


_current: Instance | None = None


def current() -> Instance:
    """Return the instance that this process runs."""
    if _current is None:
        raise RuntimeError("PingPilot is not running in this process")
    return _current


def set_current(instance: Instance | None) -> None:
    """Make `instance` the one that this process runs; the composition root calls it."""
    global _current
    _current = instance
