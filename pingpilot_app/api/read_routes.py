"""Quota and events, to be read with a key that has `events:read`."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from pingpilot_app.api import schemas
from pingpilot_app.api.auth import require
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.event import EventStatus
from pingpilot_app.domain.quota import reset_date
from pingpilot_app.storage.api_keys import KeyEntry
from pingpilot_app.storage.events import EventFilter, get_event, list_events


@dataclass(frozen=True)
class EventQuery:
    """The query of `GET /api/v1/events`."""

    category: Annotated[str | None, Query(max_length=64)] = None
    status: EventStatus | None = None
    since: Annotated[datetime | None, Query(description="at or after; UTC without a zone")] = None
    until: Annotated[datetime | None, Query(description="before; UTC without a zone")] = None
    q: Annotated[
        str | None,
        Query(
            description="words in description and fields; three letters also find longer words",
            max_length=200,
            pattern=r"^[^\x00]*$",
        ),
    ] = None
    limit: Annotated[int, Query(ge=1, le=200)] = 50
    cursor: Annotated[str | None, Query(pattern=r"^evt_[0-9a-z]{26}$")] = None

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
    Reader = Annotated[KeyEntry, Depends(require(instance, Scope.EVENTS_READ))]  # noqa: N806  # a type

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
    async def events(key: Reader, query: Annotated[EventQuery, Depends()]) -> schemas.EventList:
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
