"""Where each channel's messages go, to its provider or to the sandbox, also while it changes."""

import asyncio
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field

import httpx

from pingpilot_app.delivery.attempt import SEND_TIMEOUT
from pingpilot_app.delivery.bus import Bus
from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.sandbox import Sandbox
from pingpilot_app.senders import SENDERS
from pingpilot_app.senders.email import ClaimLink, EmailSender, Unsubscribe
from pingpilot_app.senders.http_exchange import new_client
from pingpilot_app.senders.sender import Sender
from pingpilot_app.settings import Settings, SettingsError, providers

INTERACTIONS = "/api/v1/discord/interactions"  # api/discord_route.py
SANDBOX_TOPIC = "sandbox"  # the bus's name for what the sandbox received


class Outlets:
    """The senders of one process, and the sandbox where it runs here.

    `senders` stays the same mapping: who holds it sends the next message by the new outlet.
    """

    def __init__(self, settings: Settings, bus: Bus) -> None:
        self._settings = settings
        self._bus = bus
        self._open: dict[Channel, _Outlet] = {}
        self._retired: dict[_Outlet, asyncio.Task[None]] = {}
        self.providers = providers(settings)
        self.senders: dict[Channel, Sender] = {}
        self.sandbox: Sandbox | None = None
        self.unsubscribe: Unsubscribe | None = None  # set before the senders are built
        self.claim_link: ClaimLink | None = None  # the same
        self.sandbox_seed = b""  # of the key that the sandbox's Discord signs with; the same

    async def open(self, diverted: Collection[Channel]) -> None:
        """Build every sender; start the sandbox where this process needs it.

        Raises SettingsError where the sandbox's ports are taken.
        """
        self.providers = providers(self._settings, diverted)
        if self.providers.any_sandboxed:
            await self.need_sandbox()
        for channel in Channel:
            self._build(channel)

    async def turn(self, diverted: Collection[Channel]) -> set[Channel]:
        """Follow another choice; return the channels that go elsewhere now. Raises SettingsError.

        What is being sent goes on by the old sender, which is closed when nothing can be left of
        it. A sandbox that is not needed any more goes on until the process ends: its inboxes are
        still to be looked at.
        """
        wanted = providers(self._settings, diverted)
        if wanted.any_sandboxed:
            await self.need_sandbox()
        turned = {one for one in Channel if wanted.of(one) != self.providers.of(one)}
        self.providers = wanted
        for channel in turned:
            self._retire(channel)
            self._build(channel)
        return turned

    async def need_sandbox(self) -> None:
        """Start the sandbox, in the process that delivers, where it does not run yet."""
        if self.sandbox is not None or not self._settings.pingpilot_role.works:
            return
        sandbox = Sandbox(self._settings.sandbox_port, lambda: self._bus.publish(SANDBOX_TOPIC))
        try:
            await sandbox.start()
        except OSError as exc:
            raise SettingsError(
                f"SANDBOX_PORT {self._settings.sandbox_port} or the next one is taken by "
                "another program. Set another, or SANDBOX=off."
            ) from exc
        sandbox.discord.tell(self._settings.loopback_url + INTERACTIONS, self.sandbox_seed)
        self.sandbox = sandbox

    def new_client(self, channel: Channel) -> httpx.AsyncClient:
        """Return an HTTP client that is closed together with the channel's sender."""
        client = new_client()
        self._open[channel].clients.append(client)
        return client

    async def close(self) -> None:
        """Close all senders and the sandbox."""
        for task in self._retired.values():
            task.cancel()
        await asyncio.gather(*self._retired.values(), return_exceptions=True)
        for outlet in [*self._open.values(), *self._retired]:
            await outlet.close()
        if self.sandbox is not None:
            await self.sandbox.stop()

    def _build(self, channel: Channel) -> None:
        self._open[channel] = outlet = _Outlet()
        outlet.sender = SENDERS[channel](self.providers, lambda: self.new_client(channel))
        if isinstance(outlet.sender, EmailSender):
            outlet.sender.unsubscribe = self.unsubscribe
            outlet.sender.claim_link = self.claim_link
        if outlet.sender is not None:
            self.senders[channel] = outlet.sender

    def _retire(self, channel: Channel) -> None:
        self.senders.pop(channel, None)
        outlet = self._open.pop(channel)
        self._retired[outlet] = asyncio.create_task(self._close_later(outlet))

    async def _close_later(self, outlet: "_Outlet") -> None:
        await asyncio.sleep(SEND_TIMEOUT)  # every message that began by it has ended then
        del self._retired[outlet]
        await outlet.close()


@dataclass(eq=False)
class _Outlet:
    """A sender with the HTTP clients that are closed with it."""

    sender: Sender | None = None
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    async def close(self) -> None:
        if self.sender is not None:
            with suppress(Exception):
                await self.sender.close()
        for client in self.clients:
            await client.aclose()
