"""What the page shows of a channel, and channels that the browser names."""

from collections.abc import Sequence
from dataclasses import dataclass

from pingpilot_app.delivery.instance import current
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message.message import iso_milliseconds
from pingpilot_app.storage.destinations import DestinationView
from pingpilot_app.storage.outages import OutageView
from pingpilot_app.ui.pages.channels.mending import advice_on, invitation, steps_to_mend
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
    here). `trouble` is what a broken one said, `mend` what to do about it one after the other;
    `outage` what is not tried for now. `invite` leads a Discord bot into a server.
    """

    channel: str
    state: str
    words: str
    label: str
    enabled: bool
    sandboxed: bool
    verified_at: str
    trouble: str
    trouble_at: str
    advice: str
    mend: list[str]
    outage: OutageRow
    invite: str
    once_more: bool  # it was proved in the sandbox alone, and messages go out now


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
    failure = destination.broken_failure or Failure.BROKEN
    return ChannelCard(
        channel=channel.value,
        state=state,
        words=WORDS[state],
        label=destination.label or "",
        enabled=destination.enabled,
        sandboxed=bool(provider and provider.sandboxed),
        verified_at=_verified(destination),
        trouble=(destination.broken_reason or "") if broken else "",
        trouble_at=_time(destination) if broken else "",
        advice=advice_on(failure, channel) if broken else "",
        mend=steps_to_mend(failure) if broken else [],
        outage=outage_row(outages, destination) if state == "ready" else OutageRow(),
        invite=_invite(channel),
        once_more=state == "unverified" and destination.sandboxed,
    )


def _invite(channel: Channel) -> str:
    bot = current().providers.discord
    if channel is not Channel.DISCORD or bot is None or bot.sandboxed:
        return ""
    return invitation(bot.bot_token.get_secret_value())


def _verified(destination: DestinationView) -> str:
    return iso_milliseconds(destination.verified_at) if destination.verified_at else ""


def _time(destination: DestinationView) -> str:
    return iso_milliseconds(destination.broken_at) if destination.broken_at else ""


def _state(destination: DestinationView) -> str:
    if destination.ready:
        return "ready" if destination.broken_at is None else "broken"
    return "unverified" if destination.label else "unset"
