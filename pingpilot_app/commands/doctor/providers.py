"""The providers: whether each takes PingPilot's credentials."""

import asyncio
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pingpilot_app.commands.doctor.finding import Finding, bad, note, ok
from pingpilot_app.commands.doctor.steps import next_step
from pingpilot_app.delivery.clock import Clock
from pingpilot_app.delivery.outlets import INTERACTIONS
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.sender import Identity, Sender, SendError
from pingpilot_app.settings import (
    DiscordSettings,
    SandboxMode,
    Settings,
    SmtpSettings,
    TelegramSettings,
)
from pingpilot_app.settings import providers as configured_providers

CHECK_TIME = 10.0  # seconds

Provider = DiscordSettings | TelegramSettings | SmtpSettings

_SETTING = {
    Channel.DISCORD: "DISCORD_BOT_TOKEN",
    Channel.TELEGRAM: "TELEGRAM_BOT_TOKEN and TELEGRAM_BOT_USERNAME",
    Channel.EMAIL: "SMTP_HOST",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a provider said to our credentials. `at` is this machine's time then."""

    channel: Channel
    sandboxed: bool
    at: datetime
    identity: Identity | None = None
    error: SendError | None = None

    @property
    def apart(self) -> timedelta | None:
        """How far this machine's clock is ahead of the provider's, None where that is unknown."""
        known = self.identity and self.identity.at
        return self.at - known if known and not self.sandboxed else None


async def check(
    senders: Mapping[Channel, Sender],
    configured: Settings,
    now: Clock,
    *,
    each: float = CHECK_TIME,
) -> list[Checked]:
    """Ask all providers at the same time; one may take `each` (seconds)."""
    sandboxed = _sandboxed(configured)
    asked = (
        _ask(channel, _within(each, sender), channel in sandboxed, now)
        for channel, sender in senders.items()
    )
    return await asyncio.gather(*asked)


def _sandboxed(configured: Settings) -> set[Channel]:
    return {channel for channel, one in by_channel(configured).items() if one and one.sandboxed}


def by_channel(configured: Settings) -> dict[Channel, Provider | None]:
    """Return each channel's provider, None where it is not set up."""
    found = configured_providers(configured)
    return {
        Channel.DISCORD: found.discord,
        Channel.TELEGRAM: found.telegram,
        Channel.EMAIL: found.smtp,
    }


async def _within(seconds: float, sender: Sender) -> Identity:
    async with asyncio.timeout(seconds):
        return await sender.check()


async def _ask(
    channel: Channel, asking: Coroutine[Any, Any, Identity], sandboxed: bool, now: Clock
) -> Checked:
    try:
        identity = await asking
    except Exception as exc:  # the doctor tells, whatever it is
        return Checked(channel, sandboxed, now(), error=_as_send_error(channel, exc))
    return Checked(channel, sandboxed, now(), identity)


def _as_send_error(channel: Channel, exc: Exception) -> SendError:
    if isinstance(exc, SendError):
        return exc
    if isinstance(exc, TimeoutError):
        words = f"{channel.label} did not answer in time"
        return SendError(words, failure=Failure.NO_ANSWER, permanent=False)
    words = f"PingPilot failed to ask ({type(exc).__name__})"  # its text may hold a token
    return SendError(words, failure=Failure.OUR_FAULT, permanent=False)


def judge(configured: Settings, checked: Sequence[Checked], *, served: bool) -> Iterator[Finding]:
    """Tell what each provider said. `served` is whether the server, the sandbox's home, runs."""
    asked = {one.channel: one for one in checked}
    silent = [one for one in checked if one.sandboxed and one.error]
    for channel in Channel:
        one = asked.get(channel)
        if one is None:
            yield note(
                channel, f"{channel.label} is not set up. To use it, set {_SETTING[channel]}."
            )
        elif one.sandboxed and one.identity:
            yield note(
                channel, f"The sandbox plays {channel.label}. {_out_of_it(configured, channel)}"
            )
        elif not one.sandboxed:
            yield from _real(configured, one)
    if silent:
        yield _sandbox(configured, silent, served)


def _out_of_it(configured: Settings, channel: Channel) -> str:
    if configured.sandbox is SandboxMode.ON:
        return "SANDBOX=on wants it so; for the real one, drop that."
    return f"For the real one, set {_SETTING[channel]}."


def _sandbox(configured: Settings, silent: Sequence[Checked], served: bool) -> Finding:
    names = ", ".join(one.channel.label for one in silent)
    if not served:
        words = f"It plays {names}, and runs inside the server: start that, and run doctor again."
        return note("sandbox", words)
    return bad(
        "sandbox",
        f"It plays {names} on SANDBOX_PORT {configured.sandbox_port} and the next one, but does "
        f"not work there: {silent[0].error}. Check that SANDBOX_PORT is the server's.",
    )


def _real(configured: Settings, one: Checked) -> Iterator[Finding]:
    if one.error:
        yield bad(one.channel, f"{one.error.reason}. {next_step(one.error.failure, one.channel)}")
    elif one.identity:
        yield ok(one.channel, f"{one.channel.label} lets PingPilot in, as {one.identity.name}.")
        yield from _buttons(configured, one.channel)
        yield from _other_bot(configured, one.channel, one.identity.name)


def _buttons(configured: Settings, channel: Channel) -> Iterator[Finding]:
    """Tell whether the button under messages works, as far as it can be told from here."""
    url = f"{configured.public_url}{INTERACTIONS}"
    portal = "in Discord's developer portal, General Information"
    if channel is Channel.TELEGRAM:
        yield ok(channel, "Messages have a button that claims their event; nothing is to be set.")
    elif channel is Channel.DISCORD and configured.discord_public_key is None:
        yield note(
            channel,
            "Messages have no button to claim their event. To have one, set DISCORD_PUBLIC_KEY to "
            f"Public Key ({portal}), and there Interactions Endpoint URL to {url}.",
        )
    elif channel is Channel.DISCORD and not configured.secure_cookies:
        yield note(
            channel,
            "DISCORD_PUBLIC_KEY is set, but Discord tells of pressed buttons by HTTPS alone: set "
            f"PUBLIC_URL to an address that begins with https://, and {portal}, Interactions "
            "Endpoint URL to it.",
        )
    elif channel is Channel.DISCORD:
        yield ok(
            channel,
            "Messages have a button that claims their event. It works once Interactions Endpoint "
            f"URL ({portal}) is {url}.",
        )


def _other_bot(configured: Settings, channel: Channel, name: str) -> Iterator[Finding]:
    wanted = (configured.telegram_bot_username or "").removeprefix("@")
    if channel is Channel.TELEGRAM and wanted and wanted.lower() not in name.lower():
        yield bad(
            channel,
            f"TELEGRAM_BOT_USERNAME is {wanted}, but the token is that of {name}, so people link "
            "another bot. Set the username that belongs to the token.",
        )
