"""What pages show of an event: plain values, ready to be drawn."""

from dataclasses import dataclass, field

from pingpilot_app.domain.category import DEFAULT_EMOJI, color_hex
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus, Outcome
from pingpilot_app.domain.hint import hint
from pingpilot_app.domain.message.message import cut, iso_milliseconds, value_text
from pingpilot_app.storage.events import AttemptView, DeliveryView, EventView

FIELDS_SHOWN = 6  # in a row of the feed; the event's own page shows all
VALUE_SHOWN = 80  # characters
DESCRIPTION_SHOWN = 400

OUTCOMES = {
    Outcome.DELIVERED: "Delivered",
    Outcome.TRANSIENT: "Did not work, may work later",
    Outcome.PERMANENT: "Refused for good",
}


@dataclass(frozen=True)
class FieldRow:
    """One field of an event."""

    name: str
    value: str


@dataclass(frozen=True)
class AttemptRow:
    """One try; `ms` in milliseconds."""

    at: str
    outcome: str
    label: str
    code: str
    words: str
    ms: str


@dataclass(frozen=True)
class DeliveryRow:
    """The event on its way by one channel."""

    id: str
    channel: str
    status: str
    words: str  # the provider's, of the last failed try
    hint: str
    attempts: int
    next_at: str
    delivered_at: str
    log: list[AttemptRow] = field(default_factory=list)


@dataclass(frozen=True)
class EventRow:
    """An event of the feed, or the one of an event's page."""

    id: str
    path: str
    category: str
    emoji: str
    color: str
    description: str
    fields: list[FieldRow]
    more: int  # fields that are not among them
    status: str
    at: str
    deliveries: list[DeliveryRow]


def feed_row(event: EventView) -> EventRow:
    """Return the short form of an event."""
    return _event(
        event,
        cut(event.description, DESCRIPTION_SHOWN),
        [FieldRow(name, cut(value_text(v), VALUE_SHOWN)) for name, v in event.fields.items()],
        FIELDS_SHOWN,
    )


def whole_row(event: EventView) -> EventRow:
    """Return all of an event."""
    fields = [FieldRow(name, value_text(value)) for name, value in event.fields.items()]
    return _event(event, event.description, fields, len(fields))


def _event(event: EventView, description: str, fields: list[FieldRow], shown: int) -> EventRow:
    return EventRow(
        id=event.id,
        path=f"/events/{event.id}",
        category=event.category,
        emoji=event.emoji or DEFAULT_EMOJI,
        color=color_hex(event.color),
        description=description,
        fields=fields[:shown],
        more=max(0, len(fields) - shown),
        status=event.status.value,
        at=iso_milliseconds(event.created_at),
        deliveries=_in_order(event.deliveries),
    )


def _in_order(deliveries: tuple[DeliveryView, ...]) -> list[DeliveryRow]:
    order = list(Channel)
    ordered = sorted(deliveries, key=lambda delivery: order.index(delivery.channel))
    return [_delivery(delivery) for delivery in ordered]


def _delivery(delivery: DeliveryView) -> DeliveryRow:
    waiting = delivery.next_attempt_at if delivery.status is DeliveryStatus.PENDING else None
    return DeliveryRow(
        id=delivery.id,
        channel=delivery.channel.label,
        status=delivery.status.value,
        words=_words(delivery.error, delivery.error_code),
        hint=hint(delivery.channel, delivery.status) if delivery.error else "",
        attempts=delivery.attempts,
        next_at=iso_milliseconds(waiting) if waiting and delivery.attempts else "",
        delivered_at=iso_milliseconds(delivery.delivered_at) if delivery.delivered_at else "",
        log=[_attempt(attempt) for attempt in delivery.log],
    )


def _attempt(attempt: AttemptView) -> AttemptRow:
    return AttemptRow(
        at=iso_milliseconds(attempt.at),
        outcome=attempt.outcome.value,
        label=OUTCOMES[attempt.outcome],
        code=attempt.provider_code or "",
        words=attempt.message or "",
        ms=f"{attempt.ms:,} ms",
    )


def _words(error: str | None, code: str | None) -> str:
    if not error:
        return ""
    return f"{error} ({code})" if code and code not in error else error
