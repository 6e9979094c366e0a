"""Discord, Telegram and the mail server as the crash test plays them.

They are the sandbox's own, put together anew: they live in the testing process, so they survive
every kill, and they count each message that was handed over, those too that Discord drops.
"""

import re
import time
from collections import Counter, defaultdict
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.discord import DiscordSandbox
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox
from pingpilot_app.sandbox.server import EmbeddedServer
from pingpilot_app.sandbox.smtp import SmtpSandbox
from pingpilot_app.sandbox.telegram import TelegramSandbox

# The message is taken, and the one who sent it never learns of it.
AMBIGUOUS = ("reset", "timeout")

_MARK = re.compile(r"mark-\d{6}")
_EVENT = re.compile(rb"evt_[0-9a-z]{26}")
_FROM = re.compile(rb"<server-(\d+)@")

# What a request is met with, and which server it came from: each request is a task of its own.
_ordered: ContextVar[Fault | None] = ContextVar("ordered", default=None)
_sender: ContextVar[int] = ContextVar("sender")


@dataclass(frozen=True, slots=True)
class Arrival:
    """One message that a provider took.

    `at` is in seconds of the monotonic clock. `generation` is the server that sent it: 1 for the
    first that was started. `ambiguous`: the provider was told to take it and break the connection.
    """

    at: float
    generation: int
    ambiguous: bool


class Arrivals(Inbox):
    """Every message that ever came, by channel and mark: the text's, or of a mail the event's id.

    `shown` counts what people see: Discord drops what repeats a nonce. `others` counts what
    belongs to no event, such as notices.
    """

    def __init__(self) -> None:
        super().__init__()
        self.found: defaultdict[tuple[Channel, str], list[Arrival]] = defaultdict(list)
        self.shown: Counter[Channel] = Counter()
        self.others: Counter[Channel] = Counter()

    def add(self, channel: Channel, to: str, raw: dict[str, Any] | bytes, reference: str) -> None:  # noqa: ARG002  # the sandbox's signature
        """Note a message that people see."""
        self.shown[channel] += 1
        if channel is not Channel.DISCORD:
            self.note(channel, raw)

    def note(self, channel: Channel, raw: dict[str, Any] | bytes) -> None:
        """Note a message that was handed over."""
        fault = _ordered.get()
        _ordered.set(None)  # an SMTP connection brings more than one mail
        mark = _mark(raw)
        if mark is None:
            self.others[channel] += 1
            return
        ambiguous = fault is not None and fault.mode in AMBIGUOUS
        self.found[channel, mark].append(Arrival(time.monotonic(), _generation(raw), ambiguous))


def _mark(raw: dict[str, Any] | bytes) -> str | None:
    if isinstance(raw, bytes):
        event = _EVENT.search(raw)
        return event.group().decode() if event else None
    text = _MARK.search(str(raw))
    return text.group() if text else None


def _generation(raw: dict[str, Any] | bytes) -> int:
    if isinstance(raw, bytes):
        sender = _FROM.search(raw)
        assert sender
        return int(sender.group(1))
    return _sender.get()


class _Faults(Faults):
    """Lets the arrival know which failure it was met with."""

    def __init__(self) -> None:
        super().__init__()
        self.taken: Counter[str] = Counter()

    def take(self, channel: Channel) -> Fault | None:
        fault = super().take(channel)
        _ordered.set(fault)
        if fault is not None:
            self.taken[fault.mode] += 1
        return fault


class _Discord(DiscordSandbox):
    """Notes repeats too, before they are dropped by their nonce."""

    arrivals: Arrivals

    def _take(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        self.arrivals.note(Channel.DISCORD, body)
        return super()._take(channel, body)


async def _nobody_waits(_request: Request, _exc: Exception) -> Response:
    """Answer a server that was killed before its message had come whole: nothing was taken."""
    return Response()


class _Addressed:
    """Notes which server sent a request: each has a path of its own.

    What a killed server has sent may be read when the next one has started already.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        _sender.set(int(scope["path"].split("/")[1]))
        await self._app(scope, receive, send)


class Providers:
    """All three, on `port` (HTTP) and the next one (SMTP) of loopback."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.arrivals = Arrivals()
        self.faults = _Faults()
        discord = _Discord(self.arrivals, self.faults, self._drop)
        discord.arrivals = self.arrivals
        telegram = TelegramSandbox(self.arrivals, self.faults, self._drop)
        self._smtp = SmtpSandbox(self.arrivals, self.faults)
        routes = [
            Mount("/{generation:int}/discord", routes=discord.routes()),
            Mount("/{generation:int}/telegram", routes=telegram.routes()),
        ]
        app = Starlette(routes=routes, exception_handlers={ClientDisconnect: _nobody_waits})
        self._server = EmbeddedServer(_Addressed(app))

    async def __aenter__(self) -> "Providers":
        await self._server.start(self.port)
        await self._smtp.start(self.port + 1)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.faults.clear()
        await self._smtp.stop()
        await self._server.stop()

    def environment(self, generation: int) -> dict[str, str]:
        """Return the settings that make this server take these for the real ones."""
        url = f"http://127.0.0.1:{self.port}/{generation}"
        return {
            "SANDBOX": "off",
            "DISCORD_BOT_TOKEN": "sandbox",
            "DISCORD_API_URL": f"{url}/discord",
            "TELEGRAM_BOT_TOKEN": "sandbox",
            "TELEGRAM_API_URL": f"{url}/telegram",
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(self.port + 1),
            "SMTP_TLS": "none",
            "EMAIL_FROM": f"PingPilot <server-{generation}@localhost>",
        }

    def _drop(self, client: tuple[str, int]) -> None:
        self._server.drop(client)
