"""What the read and manage calls answer and take. JSON is camelCase, times are UTC with `Z`."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StrictBool,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from pingpilot_app.domain.category import COLOR_PATTERN, EMOJI_MAX, NAME_MAX, NAME_PATTERN
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, EventStatus, FieldValue, Outcome
from pingpilot_app.domain.failure import explain
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.domain.plan import Plan
from pingpilot_app.storage.categories import CategoryView
from pingpilot_app.storage.events import AttemptView, DeliveryView, EventPage, EventView

_YEAR = re.compile(r"\d{4}-", re.ASCII)


def takes(model: type[BaseModel], *, required: bool = True) -> dict[str, Any]:
    """Return what the documentation says of a route that reads its body itself."""
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"requestBody": {"required": required, "content": content}}


def written_out(moment: object) -> object:
    """Refuse a number, which would pass for seconds since 1970, as JSON and as text."""
    if not (isinstance(moment, str) and _YEAR.match(moment)):
        raise PydanticCustomError("datetime_parsing", "no time")
    return moment


def _few(channels: object) -> object:
    if isinstance(channels, list) and len(channels) > len(Channel):  # before each is looked at
        raise PydanticCustomError("too_long", "too many", {"max_length": len(Channel)})
    return channels


def _in_utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("needs a time zone, as in 2026-03-06T10:30:00Z")
    try:
        return moment.astimezone(UTC)
    except OverflowError as exc:  # the first or last day of the calendar, in a far zone
        raise ValueError("is outside the calendar") from exc


Moment = Annotated[
    datetime,
    PlainSerializer(iso_milliseconds),
    WithJsonSchema({"type": "string", "examples": ["2026-03-06T10:30:00.000Z"]}),
]


AwareTime = Annotated[datetime, BeforeValidator(written_out), AfterValidator(_in_utc)]
Channels = Annotated[
    list[Channel],
    Field(min_length=1, max_length=len(Channel)),
    BeforeValidator(_few),
    WithJsonSchema(  # without a reference, which would lead nowhere from within the document
        {
            "type": "array",
            "items": {"type": "string", "enum": [str(channel) for channel in Channel]},
            "minItems": 1,
            "maxItems": len(Channel),
        }
    ),
]


class Schema(BaseModel):
    """Base: names in camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Quota(Schema):
    """What the plan allows and what is used of it; a limit of null is none."""

    plan: Plan
    categories_used: int
    categories_limit: int | None
    events_used: int
    events_limit: int | None
    reset_date: Moment


class Category(Schema):
    """A category and what has happened in it. `color` is 0 to 16777215."""

    id: str
    name: str
    emoji: str | None
    color: int
    events_count: int
    unique_field_count: int
    last_ping: Moment | None
    created_at: Moment
    updated_at: Moment

    @classmethod
    def of(cls, view: CategoryView) -> "Category":
        """Return the category as it is sent."""
        return cls.model_validate(view, from_attributes=True)


CategoryName = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": NAME_PATTERN, "maxLength": NAME_MAX})
]
Color = Annotated[str, WithJsonSchema({"type": "string", "pattern": COLOR_PATTERN})]
Emoji = Annotated[
    str,
    WithJsonSchema(
        {
            "type": "string",
            "format": "emoji",
            "maxLength": EMOJI_MAX,
            "description": "one emoji; empty for none",
        }
    ),
]


class CategoryInput(BaseModel):
    """A new category. `color` is `#RRGGBB`."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"name": "bug", "color": "#ff6b6b", "emoji": "🐛"}},
    )

    name: CategoryName
    color: Color
    emoji: Emoji | None = None


class CategoryChange(BaseModel):
    """What to change of a category; what is absent stays."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        json_schema_extra={"example": {"color": "#00aa55"}, "minProperties": 1},
    )

    name: CategoryName | SkipJsonSchema[None] = None  # absent, but never null
    color: Color | SkipJsonSchema[None] = None
    emoji: Emoji | None = None


class ReplayInput(BaseModel):
    """By which channels to send again; without, by those that failed."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"channels": ["discord"]}}
    )

    channels: Channels | None = None


class ReplayFailuresInput(BaseModel):
    """Which failed deliveries to send again; `dryRun` counts them alone."""

    model_config = ConfigDict(
        extra="forbid",
        alias_generator=to_camel,
        json_schema_extra={"example": {"since": "2026-03-06T10:30:00Z", "dryRun": True}},
    )

    since: AwareTime
    until: AwareTime | None = None
    channels: Channels | None = None
    dry_run: StrictBool = False


class Replayed(Schema):
    """What was started again."""

    message: str = "Replay started"
    event_id: str
    deliveries: int


class ReplayedFailures(Schema):
    """How many deliveries, of how many events, failed; `started` tells whether they go again.

    `held` more failed by a channel that is off or not verified, and stay.
    """

    deliveries: int
    events: int
    held: int
    started: bool


class CategoryList(Schema):
    """All categories of the account."""

    categories: list[Category]


class Deleted(Schema):
    """What went with a deleted category."""

    message: str
    events_deleted: int


class DeliveryError(Schema):
    """Why the last try failed, in the provider's words, and what to do."""

    message: str
    hint: str
    provider_code: str | None


class Attempt(Schema):
    """One try of a delivery; `ms` is how long the provider took."""

    at: Moment
    outcome: Outcome
    provider_code: str | None
    message: str | None
    ms: int

    @classmethod
    def of(cls, view: AttemptView) -> "Attempt":
        """Return the attempt as it is sent."""
        return cls.model_validate(view, from_attributes=True)


class Delivery(Schema):
    """The event on its way by one channel."""

    id: str
    channel: Channel
    status: DeliveryStatus
    attempts: int
    next_attempt_at: Moment | None
    delivered_at: Moment | None
    error: DeliveryError | None


class DeliveryWithLog(Delivery):
    """The same with every attempt."""

    log: list[Attempt]


class Event(Schema):
    """An event and its deliveries."""

    id: str
    category: str
    description: str
    fields: Mapping[str, FieldValue]
    status: EventStatus
    created_at: Moment
    deliveries: list[Delivery]

    @classmethod
    def of(cls, view: EventView) -> "Event":
        """Return the event as lists send it."""
        deliveries = [Delivery(**_delivery(delivery)) for delivery in view.deliveries]
        return cls(**_event(view), deliveries=deliveries)


class EventWithLog(Event):
    """The same with the log of each delivery."""

    deliveries: list[DeliveryWithLog]  # type: ignore[assignment]  # narrower on purpose

    @classmethod
    def of(cls, view: EventView) -> "EventWithLog":
        """Return the event as the single call sends it."""
        deliveries = [
            DeliveryWithLog(**_delivery(delivery), log=[Attempt.of(one) for one in delivery.log])
            for delivery in view.deliveries
        ]
        return cls(**_event(view), deliveries=deliveries)


class EventList(Schema):
    """Some events, newest first; pass `nextCursor` as `cursor` for the next ones."""

    events: list[Event]
    next_cursor: str | None

    @classmethod
    def of(cls, page: EventPage) -> "EventList":
        """Return the page as it is sent."""
        return cls(events=[Event.of(view) for view in page.events], next_cursor=page.cursor)


def _event(view: EventView) -> dict[str, Any]:
    names = ("id", "category", "description", "fields", "status", "created_at")
    return {name: getattr(view, name) for name in names}


def _delivery(view: DeliveryView) -> dict[str, Any]:
    error = None
    if view.error is not None:
        error = DeliveryError(
            message=view.error,
            hint=explain(view.failure, view.channel, view.status),
            provider_code=view.error_code,
        )
    elif view.outage is not None:  # not tried yet, and why
        error = DeliveryError(
            message=view.outage.reason,
            hint=explain(view.outage.failure, view.channel, view.status),
            provider_code=None,
        )
    names = ("id", "channel", "status", "attempts", "next_attempt_at", "delivered_at")
    return {name: getattr(view, name) for name in names} | {"error": error}
