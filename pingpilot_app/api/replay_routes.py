"""Sending events again, with a key that has `events:write`."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request

from pingpilot_app.api import schemas
from pingpilot_app.api.auth import address_of
from pingpilot_app.api.body import read_body
from pingpilot_app.api.query import caller
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.replay import replay_event, replay_failures
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.audit import Action, Actor
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import parse_json
from pingpilot_app.storage.api_keys import KeyEntry
from pingpilot_app.storage.replays import Failures, count_failures


def replay_routes(instance: Instance) -> APIRouter:
    """Return the routes that replay events of `instance`."""
    router = APIRouter(prefix="/api/v1/events", tags=["Events"])
    Writer = Annotated[KeyEntry, Depends(caller(instance, Scope.EVENTS_WRITE))]  # noqa: N806  # a type

    def actor_of(key: KeyEntry, request: Request) -> Actor:
        return key.act(Action.EVENTS_REPLAYED, "", address_of(instance, request)).actor

    @router.post(
        "/replay",
        status_code=202,
        summary="Send again what failed since a time, or count it",
        openapi_extra=schemas.takes(schemas.ReplayFailuresInput),
    )
    async def replay_since(key: Writer, request: Request) -> schemas.ReplayedFailures:
        wanted = parse_json(await read_body(request), schemas.ReplayFailuresInput)
        failures = _failures(key.account_id, wanted)
        found = await instance.database.read(count_failures, failures)
        count = found.deliveries
        if not wanted.dry_run:
            count = await replay_failures(instance, failures, actor=actor_of(key, request))
        return schemas.ReplayedFailures(
            deliveries=count,
            events=min(count, found.events),
            held=found.held,
            started=not wanted.dry_run,
        )

    @router.post(
        "/{id}/replay",
        status_code=202,
        summary="Send an event again by the channels that failed",
        openapi_extra=schemas.takes(schemas.ReplayInput, required=False),
    )
    async def replay(key: Writer, id: str, request: Request) -> schemas.Replayed:  # noqa: A002  # the path's name
        wanted = parse_json(await read_body(request) or b"{}", schemas.ReplayInput)
        channels = frozenset(wanted.channels) if wanted.channels else None
        started = await replay_event(
            instance, key.account_id, id, channels, actor=actor_of(key, request)
        )
        return schemas.Replayed(event_id=id, deliveries=started)

    return router


def _failures(account_id: str, wanted: schemas.ReplayFailuresInput) -> Failures:
    until = min(wanted.until, datetime.now(UTC)) if wanted.until else datetime.now(UTC)
    channels = frozenset(wanted.channels or Channel)
    return Failures(account_id, wanted.since, until, channels)
