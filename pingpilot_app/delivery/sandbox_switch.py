"""The operator's switch between a provider and the sandbox, and what decides where it is pinned."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.audit import Action, Actor, Entry
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Unavailable
from pingpilot_app.settings import SandboxMode, Settings, SettingsError, SmtpSettings
from pingpilot_app.storage import looks
from pingpilot_app.storage.diversions import divert, end_diversion

CREDENTIALS = {
    Channel.DISCORD: "DISCORD_BOT_TOKEN",
    Channel.TELEGRAM: "TELEGRAM_BOT_TOKEN",
    Channel.EMAIL: "SMTP_HOST",
}


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where a channel's messages go now, and why.

    `target` is the address of the API or mail server, empty where nothing is sent (`absent`).
    `movable` tells whether the switch works here; else `why` says what to set instead.
    """

    channel: Channel
    sandboxed: bool
    absent: bool
    movable: bool
    target: str
    why: str


def outlet_of(instance: Instance, channel: Channel) -> Outlet:
    """Return where the channel goes, as it is now in this process."""
    provider = instance.providers.of(channel)
    sandboxed = provider is not None and provider.sandboxed
    movable = instance.settings.sandbox is SandboxMode.AUTO and _usable(instance.settings, channel)
    if provider is None:
        target = ""
    elif isinstance(provider, SmtpSettings):
        target = f"{provider.host}:{provider.port}"
    else:
        target = provider.api_url
    why = _why(instance.settings, channel, sandboxed=sandboxed)
    return Outlet(channel, sandboxed, provider is None, movable, target, why)


async def switch_sandbox(
    instance: Instance, channel: Channel, now: datetime, *, to_sandbox: bool, actor: Actor
) -> Outlet:
    """Send the channel to the sandbox, or to its provider again; it holds after a restart too.

    Raises Invalid where a setting pins the channel, Unavailable where the sandbox cannot start.
    """
    outlet = outlet_of(instance, channel)
    if not outlet.movable:
        raise Invalid(outlet.why)
    what = Entry(Action.CHANNEL_DIVERTED, actor, None, channel.label)
    try:
        if to_sandbox:
            await instance.outlets.need_sandbox()
        await instance.writer.change(
            what, looks.at_outlet(channel), _choose, channel, now, to_sandbox
        )
        await instance.turn_outlets()
    except SettingsError as exc:
        raise Unavailable(str(exc)) from exc
    return outlet_of(instance, channel)


def _choose(connection: Connection, channel: Channel, now: datetime, to_sandbox: bool) -> None:
    if to_sandbox:
        divert(connection, channel, now)
    else:
        end_diversion(connection, channel)


def _usable(settings: Settings, channel: Channel) -> bool:
    """Tell whether there are credentials to send to the provider with."""
    return bool(getattr(settings, CREDENTIALS[channel].lower()))


def _why(settings: Settings, channel: Channel, *, sandboxed: bool) -> str:
    name = CREDENTIALS[channel]
    mode = f"SANDBOX={settings.sandbox.value}"
    if settings.sandbox is SandboxMode.ON:
        return f"{mode} pins every channel to the sandbox. Set SANDBOX=auto and restart to switch."
    if not _usable(settings, channel):
        return _no_credentials(settings, name, sandboxed=sandboxed)
    if settings.sandbox is SandboxMode.OFF:
        return f"{name} is set, and {mode} pins it. Set SANDBOX=auto and restart to switch."
    if sandboxed:
        return f"{name} is set, but an operator switched to the sandbox here."
    return f"{name} is set, and {mode} leaves the choice to this switch."


def _no_credentials(settings: Settings, name: str, *, sandboxed: bool) -> str:
    if sandboxed:
        return f"{name} is not set, so SANDBOX=auto plays its part. Set it and restart."
    if settings.sandbox is SandboxMode.OFF:
        return f"{name} is not set, and SANDBOX=off allows no stand-in. Set either and restart."
    return f"{name} is not set although its address is. Set it and restart."
