"""The senders, against the sandbox on loopback."""

import asyncio
import ipaddress
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from pingpilot_app.domain.message import Message
from pingpilot_app.sandbox import Sandbox
from pingpilot_app.senders.discord import DiscordSender
from pingpilot_app.senders.email import EmailSender
from pingpilot_app.senders.http_exchange import new_client
from pingpilot_app.senders.sender import Destination
from pingpilot_app.senders.telegram import TelegramSender
from pingpilot_app.senders.telegram_updates import TelegramUpdates
from pingpilot_app.settings import DiscordSettings, SmtpSettings, SmtpTls, TelegramSettings

TOKEN = "123456:AAtop-secret_token"
USER = "123456789012345678"


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    sandbox = Sandbox(0)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with new_client() as client:
        yield client


@pytest.fixture
def discord_settings(sandbox: Sandbox) -> DiscordSettings:
    url = f"http://127.0.0.1:{sandbox.http_port}/discord/api/v10"
    return DiscordSettings(api_url=url, bot_token=SecretStr(TOKEN), sandboxed=False)


@pytest.fixture
def telegram_settings(sandbox: Sandbox) -> TelegramSettings:
    return TelegramSettings(
        api_url=f"http://127.0.0.1:{sandbox.http_port}/telegram",
        bot_token=SecretStr(TOKEN),
        bot_username="pingpilot_sandbox_bot",
        sandboxed=False,
    )


@pytest.fixture
def smtp_settings(sandbox: Sandbox) -> SmtpSettings:
    return SmtpSettings(
        host="127.0.0.1",
        port=sandbox.smtp_port,
        username=None,
        password=None,
        tls=SmtpTls.NONE,
        email_from="PingPilot <pingpilot@example.org>",
        sandboxed=False,
    )


@pytest.fixture
def discord(discord_settings: DiscordSettings, client: httpx.AsyncClient) -> DiscordSender:
    return DiscordSender(discord_settings, client)


@pytest.fixture
def telegram(telegram_settings: TelegramSettings, client: httpx.AsyncClient) -> TelegramSender:
    return TelegramSender(telegram_settings, client)


@pytest.fixture
def updates(telegram_settings: TelegramSettings, client: httpx.AsyncClient) -> TelegramUpdates:
    return TelegramUpdates(telegram_settings, client)


@pytest.fixture
async def email(smtp_settings: SmtpSettings) -> AsyncIterator[EmailSender]:
    unsubscribe = "https://pings.example.org/unsubscribe/{}".format
    sender = EmailSender(smtp_settings, unsubscribe=lambda to: unsubscribe(to.id))
    yield sender
    await sender.close()


@pytest.fixture
def message() -> Callable[..., Message]:
    """Return a maker of messages, the one of the documentation unless told otherwise."""

    def make(**changes: Any) -> Message:
        parts: dict[str, Any] = {
            "event_id": "evt_01",
            "category": "bug",
            "emoji": "🐛",
            "color": 16_711_680,
            "description": "Critical database connection error",
            "fields": {
                "severity": "high",
                "service": "api-server",
                "error_code": "ECONNREFUSED",
                "retry_count": 3,
            },
            "created_at": datetime(2026, 3, 6, 10, 30, tzinfo=UTC),
            "url": "https://pings.example.org/events/evt_01",
        }
        return Message(**{**parts, **changes})

    return make


@pytest.fixture
def person() -> Destination:
    return Destination("dst_1", USER)


@pytest.fixture
def chat() -> Destination:
    return Destination("dst_2", "42")


@pytest.fixture
def mailbox() -> Destination:
    return Destination("dst_3", "ada@example.net")


Reply = Callable[[str, int], str | None]


class ScriptedServer:
    """Replies what `reply(command, connection number)` says; None closes the connection.

    `commands` is what came, `mails` how many messages came in full.
    """

    def __init__(self, reply: Reply) -> None:
        self._reply = reply
        self.commands: list[str] = []
        self.mails = 0
        self.connections = 0
        self.port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        try:
            await self._answer("CONNECT", number, writer)
            while line := await reader.readline():
                command = line.decode().split(" ")[0].strip().upper()
                self.commands.append(command)
                reply = await self._answer(command, number, writer)
                if not reply:
                    break
                if command == "DATA" and reply.startswith("3"):
                    await reader.readuntil(b"\r\n.\r\n")
                    self.mails += 1
                    if not await self._answer("CONTENT", number, writer):
                        break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    async def _answer(self, command: str, number: int, writer: asyncio.StreamWriter) -> str:
        reply = self._reply(command, number) or ""
        writer.write(reply.encode() + (b"\r\n" if reply else b""))
        await writer.drain()
        return reply


FRIENDLY = {"CONNECT": "220 scripted", "DATA": "354 go on", "QUIT": "221 bye"}


def friendly(command: str, number: int) -> str | None:
    """Reply as a server that takes everything."""
    return FRIENDLY.get(command, "250 ok")


@pytest.fixture
async def scripted() -> AsyncIterator[Callable[..., Awaitable[ScriptedServer]]]:
    """Return a starter of mail servers that follow a script."""
    running: list[asyncio.Server] = []

    async def start(reply: Reply = friendly, tls: ssl.SSLContext | None = None) -> ScriptedServer:
        script = ScriptedServer(reply)
        server = await asyncio.start_server(script.serve, "127.0.0.1", 0, ssl=tls)
        running.append(server)
        script.port = server.sockets[0].getsockname()[1]
        return script

    yield start
    for server in running:
        server.close()


@pytest.fixture
def certificate(tmp_path):
    """Return the file of a self-signed certificate for 127.0.0.1, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox")])
    loopback = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(loopback, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "sandbox.pem"
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + signed.public_bytes(pem))
    return file
