"""How hard PingPilot tries: schedule, pace, concurrency and when it stops for a while."""

from collections.abc import Mapping
from dataclasses import dataclass

from pingpilot_app.delivery.breaker import BreakerRule
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.retry import RetrySchedule
from pingpilot_app.settings import DISCORD_API_URL, Settings, providers

PROVIDER_BREAKER = BreakerRule(failures=5, shortest=5, longest=60)
DESTINATION_BREAKER = BreakerRule(failures=3, shortest=10, longest=600)
UNPACED = 1_000_000.0  # messages a second
DISCORD_RATE = 50.0  # a bot's limit: https://discord.com/developers/docs/topics/rate-limits


@dataclass(frozen=True, slots=True)
class ChannelPolicy:
    """One provider's: sends at a time; messages a second in all and for one destination."""

    concurrency: int
    rate: float = UNPACED
    destination_rate: float = UNPACED
    room_seconds: float = 30.0  # what leaves within this time is kept in memory for a destination


@dataclass(frozen=True, slots=True)
class Policy:
    """Of one worker."""

    schedule: RetrySchedule
    channels: Mapping[Channel, ChannelPolicy]
    provider_breaker: BreakerRule = PROVIDER_BREAKER
    destination_breaker: BreakerRule = DESTINATION_BREAKER
    stop: float = 60.0  # seconds between two tries where our own credentials are refused
    sweep: float = 1.0  # seconds between two looks for what is due
    grace: float = 8.0  # seconds that a stop waits for messages that are under way


def policy_of(settings: Settings) -> Policy:
    """Return the policy that the settings ask for."""
    return Policy(
        schedule=settings.retry_schedule,
        channels={
            Channel.DISCORD: ChannelPolicy(16, rate=_discord_rate(settings)),
            Channel.TELEGRAM: ChannelPolicy(
                16, settings.telegram_rate, settings.telegram_chat_rate
            ),
            Channel.EMAIL: ChannelPolicy(8),  # as many as the sender's pool has connections
        },
    )


def _discord_rate(settings: Settings) -> float:
    if settings.discord_rate is not None:
        return settings.discord_rate
    # Anything else than Discord itself is a proxy that paces by its own, or a sandbox.
    discord = providers(settings).discord
    return DISCORD_RATE if discord and discord.api_url == DISCORD_API_URL else UNPACED
