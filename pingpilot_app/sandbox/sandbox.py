"""The sandbox as a whole: three providers on two ports of loopback."""

import ssl
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.routing import Mount

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.control import Control
from pingpilot_app.sandbox.discord import DiscordSandbox
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox
from pingpilot_app.sandbox.server import EmbeddedServer
from pingpilot_app.sandbox.smtp import SmtpSandbox
from pingpilot_app.sandbox.telegram import KnownChats, TelegramSandbox


class Sandbox:
    """Speaks the providers' protocols on 127.0.0.1 and keeps what it receives.

    HTTP listens on `port`, SMTP on the next one; `port` 0: the system chooses both, to be read
    from `http_port` and `smtp_port` after `start`. `on_change` is called, on the event loop,
    whenever `inbox` changes. `tls` lets the mail server offer STARTTLS.
    """

    def __init__(
        self,
        port: int,
        on_change: Callable[[], None] | None = None,
        *,
        known_chats: KnownChats = "any",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._port = port
        self.inbox = Inbox(on_change)
        self.faults = Faults()
        self.discord = DiscordSandbox(self.inbox, self.faults, self._drop)
        self.telegram = TelegramSandbox(self.inbox, self.faults, self._drop, known_chats)
        self.smtp = SmtpSandbox(self.inbox, self.faults, tls)
        control = Control(self.inbox, self.faults, self.telegram, self.discord.presses)
        self._server = EmbeddedServer(
            Starlette(
                routes=[
                    Mount("/discord/api/v10", routes=self.discord.routes()),
                    Mount("/telegram", routes=self.telegram.routes()),
                    Mount("/control", routes=control.routes()),
                ]
            )
        )
        self.http_port = 0
        self.smtp_port = 0

    async def start(self) -> None:
        """Listen. Raises OSError where a port is taken."""
        self.http_port = await self._server.start(self._port)
        try:
            self.smtp_port = await self.smtp.start(self._port + 1 if self._port else 0)
        except OSError:
            await self._server.stop()
            raise

    async def stop(self) -> None:
        """Stop listening and drop all connections."""
        self.faults.clear()
        await self.smtp.stop()
        await self._server.stop()

    def fail(
        self,
        channel: Channel,
        mode: str,
        times: int | None = 1,
        *,
        retry_after: float = 1.0,
        seconds: float = 1.0,
        everywhere: bool = False,
        status: int | None = None,
        words: str | None = None,
    ) -> None:
        """Fail the next `times` requests (None: all) as `Fault` describes. Raises ValueError."""
        fault = Fault(mode, retry_after, seconds, everywhere, status, words)
        self.faults.plan(channel, fault, times)

    def _drop(self, client: tuple[str, int]) -> None:
        self._server.drop(client)
