"""What a failure means to the owner, and what to do next."""

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.event import DeliveryStatus


def hint(channel: Channel, status: DeliveryStatus) -> str:
    """Return the sentence shown beside the provider's words."""
    if status is DeliveryStatus.PENDING:
        return "PingPilot tries again by itself; nothing is lost."
    return f"Given up. Open Channels, check {channel.label} and send a test."
