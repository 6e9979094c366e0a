"""How messages leave: one sender for each channel."""

from collections.abc import Callable

import httpx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.sender import Sender
from pingpilot_app.senders.telegram import TelegramSender
from pingpilot_app.settings import Providers

__all__ = ["SENDERS", "build_senders"]

NewClient = Callable[[], httpx.AsyncClient]
Build = Callable[[Providers, NewClient], Sender | None]


def _discord(providers: Providers, new_client: NewClient) -> Sender | None:
    return DiscordSender(providers.discord, new_client()) if providers.discord else None


def _telegram(providers: Providers, new_client: NewClient) -> Sender | None:
    return TelegramSender(providers.telegram, new_client()) if providers.telegram else None


def _email(providers: Providers, _new_client: NewClient) -> Sender | None:
    return EmailSender(providers.smtp) if providers.smtp else None


SENDERS: dict[Channel, Build] = {
    Channel.DISCORD: _discord,
    Channel.TELEGRAM: _telegram,
    Channel.EMAIL: _email,
}


def build_senders(providers: Providers, new_client: NewClient) -> dict[Channel, Sender]:
    """Return a sender for every provider that there is.

    Each that speaks HTTP gets a client of its own; closing them stays the caller's.
    """
    built = {channel: build(providers, new_client) for channel, build in SENDERS.items()}
    return {channel: sender for channel, sender in built.items() if sender}
