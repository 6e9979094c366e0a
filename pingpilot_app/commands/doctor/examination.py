"""The order in which the doctor looks, and what depends on what.

Every stage is bounded: the database's check 15 s, the server 5 s, the providers 10 s, the messages
25 s; a run ends within a minute whatever hangs.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from pingpilot_app import settings as settings_module
from pingpilot_app.commands.doctor import clock, configuration, database, messages, server
from pingpilot_app.commands.doctor import providers as providers_part
from pingpilot_app.commands.doctor.finding import Finding, bad, note
from pingpilot_app.commands.doctor.providers import Checked
from pingpilot_app.delivery.clock import Clock, system_clock
from pingpilot_app.domain.channel import Channel
from pingpilot_app.senders import build_senders
from pingpilot_app.senders.http_exchange import new_client
from pingpilot_app.senders.sender import Sender
from pingpilot_app.settings import Settings, SettingsError

Senders = dict[Channel, Sender]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look at. `account` is the email address of the one whose destinations are tried."""

    account: str | None = None
    messages: bool = True
    offline: bool = False


async def examine(wanted: Wanted, now: Clock = system_clock) -> AsyncIterator[Finding]:
    """Look at everything and tell each finding as soon as it is known."""
    try:
        configured = settings_module.load()
    except (SettingsError, OSError, UnicodeError) as exc:
        yield bad("settings", str(exc))
        return
    for finding in (*configuration.look(configured), *database.look(configured)):
        yield finding
    if wanted.offline:
        yield note("offline", "Server, providers, destinations and clock were not looked at.")
        return
    async for finding in _outside(configured, wanted, now):
        yield finding


async def _outside(configured: Settings, wanted: Wanted, now: Clock) -> AsyncIterator[Finding]:
    health = await server.ask(configured)
    for finding in server.judge(configured, health):
        yield finding
    clients: list[httpx.AsyncClient] = []

    def client() -> httpx.AsyncClient:
        clients.append(new_client())
        return clients[-1]

    senders = build_senders(settings_module.providers(configured), client)
    try:
        async for finding in _through(
            senders, configured, wanted, now, served=health.parts is not None
        ):
            yield finding
    finally:
        for closable in senders.values():
            await closable.close()
        for one in clients:
            await one.aclose()


async def _through(
    senders: Senders, configured: Settings, wanted: Wanted, now: Clock, *, served: bool
) -> AsyncIterator[Finding]:
    checked: list[Checked] = await providers_part.check(senders, configured, now)
    for finding in providers_part.judge(configured, checked, served=served):
        yield finding
    for finding in clock.judge(checked, now()):
        yield finding
    if not wanted.messages:
        return
    working = {one.channel: senders[one.channel] for one in checked if one.identity}
    async for finding in messages.send(working, configured, wanted.account):
        yield finding
