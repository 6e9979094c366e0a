"""One channel after the other instead of all at once."""

from collections.abc import Sequence
from datetime import timedelta

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Problem

# A channel that has not taken a message for so long is passed over; it goes by the next one.
PATIENCE = timedelta(minutes=2)

_ORDER = "Name Discord, Telegram and email once each, the one to be tried first at the beginning."


def parse_order(names: Sequence[str]) -> tuple[Channel, ...]:
    """Return the channels in the order that was chosen. Raises Invalid."""
    try:
        order = tuple(Channel(name) for name in names)
    except ValueError:
        order = ()
    if len(order) != len(Channel) or set(order) != set(Channel):
        raise Invalid(_ORDER, (Problem("order", _ORDER),))
    return order


def order_text(order: Sequence[Channel] | None) -> str:
    """Return it for people: `Discord, then Telegram, then Email`."""
    return ", then ".join(channel.label for channel in order) if order else "all at once"
