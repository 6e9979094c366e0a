"""What the page shows of a channel, and channels that the browser names."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure, advise
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.ui.rows import OutageRow, outage_row

WORDS = {  # what the state is called
    "ready": "Ready",
    "broken": "Not working",
    "unverified": "Not verified",
    "unset": "Not set",
    "absent": "Not available",
}


@dataclass(frozen=True)
class ChannelCard:
    """One channel.

    `state` is ready, broken (it refused for good), unverified, unset or absent (no such provider
    here). `trouble` is what a broken one said; `outage` what is not tried for now.
    """

    channel: str
    state: str
    words: str
    label: str
    enabled: bool
    sandboxed: bool
    trouble: str
    trouble_at: str
    advice: str
    outage: OutageRow


def channel_of(name: object) -> Channel | None:
    """Return the channel of that name, None where there is none."""
    return next((channel for channel in Channel if channel.value == name), None)


def card_of(destination: DestinationView, outages: Sequence[OutageView]) -> ChannelCard:
    """Return the card of a channel."""
    providers, channel = current().providers, destination.channel
    provider = {
        Channel.DISCORD: providers.discord,
        Channel.TELEGRAM: providers.telegram,
        Channel.EMAIL: providers.smtp,
    }[channel]
    state = _state(destination) if provider else "absent"
    broken = state == "broken"
    return ChannelCard(
        channel=channel.value,
        state=state,
        words=WORDS[state],
        label=destination.label or "",
        enabled=destination.enabled,
        sandboxed=bool(provider and provider.sandboxed),
        trouble=(destination.broken_reason or "") if broken else "",
        trouble_at=_time(destination) if broken else "",
        advice=advise(destination.broken_failure or Failure.BROKEN, channel) if broken else "",
        outage=outage_row(outages, destination) if state == "ready" else OutageRow(),
    )


def _time(destination: DestinationView) -> str:
    return iso_milliseconds(destination.broken_at) if destination.broken_at else ""


def _state(destination: DestinationView) -> str:
    if destination.ready:
        return "ready" if destination.broken_at is None else "broken"
    return "unverified" if destination.label else "unset"
