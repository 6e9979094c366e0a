"""Quota and events, to be read with a key that has `events:read`."""

from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BeforeValidator

from pingpilot_app.api import schemas
from pingpilot_app.api.query import caller
from pingpilot_app.delivery.accept import find_category
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.category import NAME_MAX, NAME_PATTERN
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.event import CURSOR_PATTERN, LEGAL_PATTERN, EventStatus
from pingpilot_app.domain.quota import reset_date
from pingpilot_app.storage.api_keys import KeyEntry
from pingpilot_app.storage.events import EventFilter, get_event, list_events

WrittenTime = Annotated[datetime, BeforeValidator(schemas.written_out)]


@dataclass(frozen=True)
class EventQuery:
    """The query of `GET /api/v1/events`."""

    category: Annotated[
        str | None, Query(min_length=1, max_length=NAME_MAX, pattern=NAME_PATTERN)
    ] = None
    status: EventStatus | None = None
    since: Annotated[WrittenTime | None, Query(description="at or after; UTC without a zone")] = (
        None
    )
    until: Annotated[WrittenTime | None, Query(description="before; UTC without a zone")] = None
    q: Annotated[
        str | None,
        Query(
            description="words in description and fields; three letters also find longer words",
            max_length=200,
            pattern=LEGAL_PATTERN,
        ),
    ] = None
    limit: Annotated[int, Query(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Query(pattern=CURSOR_PATTERN)] = None

    def filter(self) -> EventFilter:
        """Return what storage is asked for."""
        return EventFilter(
            category=self.category,
            status=self.status,
            since=_in_utc("since", self.since),
            until=_in_utc("until", self.until),
            text=self.q,
            before=self.cursor,
            limit=self.limit,
        )


def read_routes(instance: Instance) -> APIRouter:
    """Return the routes that read `instance`."""
    router = APIRouter(prefix="/api/v1", tags=["Events"])
    Reader = Annotated[KeyEntry, Depends(caller(instance, Scope.EVENTS_READ))]  # noqa: N806  # a type
    parameters = [one.name for one in fields(EventQuery)]
    Searcher = Annotated[  # noqa: N806  # a type
        KeyEntry, Depends(caller(instance, Scope.EVENTS_READ, *parameters))
    ]

    @router.get("/quota", summary="What is used of the plan")
    async def quota(key: Reader) -> schemas.Quota:
        now = datetime.now(UTC)
        found = await instance.cache.configuration(key.account_id, now)
        return schemas.Quota(
            plan=found.plan,
            categories_used=len(found.categories),
            categories_limit=found.limits.categories,
            events_used=found.used,
            events_limit=found.limits.events,
            reset_date=reset_date(now),
        )

    @router.get("/events", summary="Events, newest first")
    async def events(key: Searcher, query: Annotated[EventQuery, Depends()]) -> schemas.EventList:
        if query.category is not None:  # a misspelt one must not look like a quiet one
            configuration = await instance.cache.configuration(key.account_id, datetime.now(UTC))
            find_category(configuration, query.category)
        page = await instance.database.read(list_events, key.account_id, query.filter())
        return schemas.EventList.of(page)

    @router.get("/events/{id}", summary="One event with every attempt")
    async def event(key: Reader, id: str) -> schemas.EventWithLog:  # noqa: A002  # the path's name
        view = await instance.database.read(get_event, key.account_id, id)
        return schemas.EventWithLog.of(view)

    return router


def _in_utc(name: str, moment: datetime | None) -> datetime | None:
    if moment is None:
        return None
    try:
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError as exc:  # the first or last day of the calendar, in a far zone
        sentence = f"{name} is outside the calendar"
        raise Invalid(sentence, (Problem(name, sentence),)) from exc
