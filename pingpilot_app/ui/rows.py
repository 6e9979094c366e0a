"""What pages show of events, deliveries and outages: plain values, ready to be drawn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from pingpilot_app.domain.category import DEFAULT_EMOJI, color_hex
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure, explain
from pingpilot_app.domain.message.message import cut, iso_milliseconds, value_text
from pingpilot_app.storage.claims import ClaimView
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.events import DeliveryView, EventView
from pingpilot_app.storage.outages import WHOLE, OutageView

FIELDS_SHOWN = 6  # in a row of the feed; the event's own page shows all
VALUE_SHOWN = 80  # characters
DESCRIPTION_SHOWN = 400
NOTE_SHOWN = 80


@dataclass(frozen=True)
class FieldRow:
    """One field of an event."""

    name: str
    value: str


@dataclass(frozen=True)
class DeliveryRow:
    """The event on its way by one channel."""

    id: str
    channel: str
    status: str
    words: str  # the provider's, of the last failed try
    hint: str


@dataclass(frozen=True)
class ClaimRow:
    """Who is on an event or, once it is resolved, who resolved it, and the note's beginning.

    `user_id` tells viewers themselves apart: rows are the same for everybody. It is empty for
    somebody who is known by a channel alone.
    """

    name: str
    initial: str
    user_id: str
    resolved: bool
    note: str


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
    claims: list[ClaimRow] = field(default_factory=list)  # one, or none


@dataclass(frozen=True)
class OutageRow:
    """What is not being tried for now: "Telegram has not answered since", and the next try.

    Times are ISO 8601. All is empty where everything goes.
    """

    text: str = ""
    since: str = ""
    words: str = ""  # the provider's
    retry_at: str = ""


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
        deliveries=[_delivery(delivery) for delivery in in_order(event.deliveries)],
        claims=[_claim(event.claim)] if event.claim else [],
    )


def _claim(claim: ClaimView) -> ClaimRow:
    name = claim.resolved_by or claim.name
    return ClaimRow(
        name=name,
        initial=initial_of(name),
        user_id=(claim.user_id or "") if name == claim.name else "",
        resolved=claim.resolved_at is not None,
        note=cut(claim.note or "", NOTE_SHOWN).replace("\n", " "),
    )


def initial_of(name: str) -> str:
    """Return the letter that stands for somebody where there is no room for the name."""
    return name[:1].upper()


def in_order(deliveries: Iterable[DeliveryView]) -> list[DeliveryView]:
    """Return deliveries in the order of the channels."""
    order = list(Channel)
    return sorted(deliveries, key=lambda delivery: order.index(delivery.channel))


def _delivery(delivery: DeliveryView) -> DeliveryRow:
    return DeliveryRow(
        id=delivery.id,
        channel=delivery.channel.label,
        status=delivery.status.value,
        words=_words(delivery.error, delivery.error_code),
        hint=explain(delivery.failure, delivery.channel, delivery.status) if delivery.error else "",
    )


def _words(error: str | None, code: str | None) -> str:
    if not error:
        return ""
    return f"{error} ({code})" if code and code not in error else error


def provider_name(channel: Channel) -> str:
    """Return who takes the messages, as a sentence begins with it."""
    return "The mail server" if channel is Channel.EMAIL else channel.label


def outage_row(outages: Sequence[OutageView], destination: DestinationView) -> OutageRow:
    """Return what keeps messages from this destination now; a provider's outage goes first."""
    for place in (WHOLE, destination.id):
        for outage in outages:
            if (outage.channel, outage.destination_id) == (destination.channel, place):
                return _outage(outage)
    return OutageRow()


def _outage(outage: OutageView) -> OutageRow:
    name, did = provider_name(outage.channel), _SINCE.get(outage.failure, "has taken no messages")
    whole = outage.destination_id == WHOLE
    return OutageRow(
        text=f"{name} {did} since" if whole else "Nothing has reached your address since",
        since=iso_milliseconds(outage.since),
        words=outage.reason if is_quoted(outage.failure) else "",
        retry_at=iso_milliseconds(outage.retry_at),
    )


def is_quoted(failure: Failure | None) -> bool:
    """Tell whether the words of such a failure are the provider's, not our own."""
    return failure not in _OUR_WORDS


_OUR_WORDS = frozenset(
    {
        Failure.UNREACHABLE,
        Failure.NO_ANSWER,
        Failure.NOT_CONFIGURED,
        Failure.SWITCHED_OFF,
        Failure.NOT_VERIFIED,
        Failure.STOPPED,
        Failure.OUR_FAULT,
    }
)
_SINCE = {
    Failure.UNREACHABLE: "has been out of reach",
    Failure.NO_ANSWER: "has not answered",
    Failure.PROVIDER_ERROR: "has had trouble of its own",
    Failure.NOT_ITS_API: "has not answered in its own language",
    Failure.RATE_LIMITED: "has asked PingPilot to wait",
    Failure.BAD_CREDENTIALS: "has refused PingPilot's own login",
    Failure.NOT_SECURE: "has had no secure connection",
    Failure.SENDER_REFUSED: "has not let PingPilot send",
    Failure.TRY_LATER: "has put messages off",
}
