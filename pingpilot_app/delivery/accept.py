"""Accepting an event: the documented order of checks, then one write.

Order (API.md): key → configuration → quota → body → category → stored.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from sqlalchemy.exc import IntegrityError

from pingpilot_app.delivery.authorizer import Authorizer
from pingpilot_app.delivery.cache import Cache
from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.worker import Worker
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Conflict, LimitReached, NotConfigured, NotFound
from pingpilot_app.domain.event import EventInput, FieldValue, default_description, parse_event
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.quota import seconds_to_reset
from pingpilot_app.domain.severity import severity_of
from pingpilot_app.logs import note
from pingpilot_app.storage.acceptance import (
    QUOTA_REACHED,
    Accepted,
    AcceptEvent,
    IdempotencyKey,
)
from pingpilot_app.storage.api_keys import KeyEntry
from pingpilot_app.storage.configuration import CategoryEntry, Configuration
from pingpilot_app.storage.deliveries import Job
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.fallback import first_in
from pingpilot_app.storage.writer import Writer

NOT_SET = {
    Channel.DISCORD: "Please enter your discord ID in your account settings",
    Channel.TELEGRAM: (
        "Telegram username not set. Please set your telegram username in your account settings "
        "to receive notifications"
    ),
    Channel.EMAIL: "Email address not set. Please set it under Channels in the dashboard",
}
NO_CHANNEL = "No channel is switched on. Switch one on under Channels in the dashboard"


@dataclass(frozen=True, slots=True)
class Request:
    """What a request brings besides its key; `read_body` is called only when its turn comes."""

    read_body: Callable[[], Awaitable[bytes]]
    idempotency_key: str | None = None


class Acceptor:
    """Accepts events of one process."""

    def __init__(
        self,
        cache: Cache,
        writer: Writer,
        authorizer: Authorizer,
        worker: Worker | None,
        clock: Clock,
    ) -> None:
        self.authorize = authorizer.authorize
        self._cache = cache
        self._writer = writer
        self._worker = worker
        self._clock = clock
        self._under_way: set[tuple[str, str]] = set()

    async def accept(self, entry: KeyEntry, request: Request) -> Accepted:
        """Check and store one event; return after its commit.

        Raises NotConfigured, LimitReached, Invalid, NotFound, Conflict, Unavailable.
        """
        now = self._clock()
        configuration = await self._cache.configuration(entry.account_id, now)
        destinations = usable_destinations(configuration)
        if request.idempotency_key is None:  # a replay may pass: it does not count
            check_quota(configuration, now)
        body = await request.read_body()
        event = parse_event(body)
        category = find_category(configuration, event.category)
        op = self._op(configuration, destinations, category, event, now)
        note("eventId", op.event_id)
        if request.idempotency_key is None:
            return await self._store(op)
        return await self._store_once(op, request.idempotency_key, body)

    def _op(
        self,
        configuration: Configuration,
        destinations: list[DestinationView],
        category: CategoryEntry,
        event: EventInput,
        now: datetime,
    ) -> AcceptEvent:
        event_id = new_id("evt")
        description = event.description or default_description(category.name)
        fields = event.fields or {}
        if configuration.fallback is not None:
            destinations = first_in(destinations, configuration.fallback)
        if configuration.own:
            destinations = [*destinations, *_members(configuration, category, fields)]
        jobs = []
        for destination in destinations:
            job = Job(
                delivery_id=new_id("dlv"),
                account_id=configuration.account_id,
                event_id=event_id,
                attempts=0,
                replays=0,
                lease_until=self._worker.lease(destination, now) if self._worker else None,
                destination=destination,
                category=category.name,
                emoji=category.emoji,
                color=category.color,
                description=description,
                fields=fields,
                created_at=now,
                acknowledge=category.acknowledge,
            )
            jobs.append(job)
        return AcceptEvent(
            event_id=event_id,
            account_id=configuration.account_id,
            category_id=category.id,
            description=description,
            fields=fields,
            created_at=now,
            jobs=tuple(jobs),
            limit=configuration.limits.events,
            escalates_at=now + category.escalates if category.escalates else None,
        )

    async def _store(self, op: AcceptEvent) -> Accepted:
        try:
            return await self._writer.submit(op)
        except IntegrityError:  # the category was deleted since the cache was filled
            self._cache.drop(op.account_id)
            name = op.jobs[0].category
            raise NotFound(unknown_category(name)) from None

    async def _store_once(self, op: AcceptEvent, key: str, body: bytes) -> Accepted:
        mark = (op.account_id, key)
        if mark in self._under_way:
            raise Conflict(
                "A request with this Idempotency-Key is being processed. Wait for its answer.", 1
            )
        self._under_way.add(mark)
        try:
            return await self._store(
                replace(op, idempotency=IdempotencyKey(key, sha256(body).digest()))
            )
        finally:
            self._under_way.discard(mark)


def usable_destinations(configuration: Configuration) -> list[DestinationView]:
    """Return where events go. Raises NotConfigured where a channel that is on cannot be used."""
    enabled = [destination for destination in configuration.destinations if destination.enabled]
    if not enabled:
        raise NotConfigured(NO_CHANNEL)
    for destination in enabled:
        if destination.label is None:
            raise NotConfigured(NOT_SET[destination.channel])
    for destination in enabled:
        if not destination.ready:
            raise NotConfigured(
                f"Your {destination.channel.label} address is not verified yet. "
                "Finish it under Channels in the dashboard, or switch the channel off"
            )
    return enabled


def _members(
    configuration: Configuration, category: CategoryEntry, fields: Mapping[str, FieldValue]
) -> list[DestinationView]:
    """Return the members' own destinations where this event is wanted."""
    severity = severity_of(fields)
    return [one.destination for one in configuration.own if one.wishes.match(category.id, severity)]


def check_quota(configuration: Configuration, now: datetime) -> None:
    """Refuse early where the month's quota is known to be used up; the writer decides exactly."""
    limit = configuration.limits.events
    if limit is not None and configuration.used >= limit:
        raise LimitReached(QUOTA_REACHED, seconds_to_reset(now), limit)


def find_category(configuration: Configuration, name: str) -> CategoryEntry:
    """Return the account's category of that name, in upper or lower case. Raises NotFound."""
    found = configuration.categories.get(name.lower())
    if found is None:
        raise NotFound(unknown_category(name))
    return found


def unknown_category(name: str) -> str:
    """Return the documented sentence."""
    return f'You dont have a category named "{name}"'
