"""The sandbox's mail server: aiosmtpd on the running event loop."""

import asyncio
import contextlib
import itertools
import logging
import ssl
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox

# The command that each reply code answers, and its words.
CODES: dict[str, tuple[str, str]] = {
    "421": ("MAIL", "4.3.2 Service not available, closing transmission channel"),
    "450": ("RCPT", "4.2.1 Mailbox unavailable"),
    "451": ("DATA", "4.3.0 Local error in processing"),
    "452": ("RCPT", "4.3.1 Insufficient system storage"),
    "530": ("MAIL", "5.7.0 Authentication required"),
    "534": ("MAIL", "5.7.9 Authentication mechanism is too weak"),
    "535": ("MAIL", "5.7.8 Authentication credentials invalid"),
    "550": ("RCPT", "5.1.1 No such user here"),
    "551": ("RCPT", "5.1.6 User not local"),
    "552": ("DATA", "5.3.4 Message too big"),
    "553": ("RCPT", "5.1.3 Mailbox name not allowed"),
    "554": ("DATA", "5.7.1 Message refused"),
}
_AT_LOGIN = ("534", "535")  # answered to AUTH where the client logs in
_GARBAGE = "PingPilot sandbox: garbage as ordered"


class SmtpSandbox:
    """Takes every mail. `messages_taken` counts DATA, `connections` the connections."""

    def __init__(self, inbox: Inbox, faults: Faults, tls: ssl.SSLContext | None = None) -> None:
        self._inbox = inbox
        self._faults = faults
        self._tls = tls
        self._server: asyncio.Server | None = None
        self._ids = itertools.count(1)
        self._open: set[SMTP] = set()
        self.connections = 0
        self.messages_taken = 0

    async def start(self, port: int) -> int:
        """Listen and return the port. `port` 0: one that is free. Raises OSError."""
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._protocol, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop all connections."""
        if self._server:
            self._server.close()
        self.drop_connections()

    def drop_connections(self) -> None:
        """Close every connection without a word, as a server does with idle ones."""
        for protocol in list(self._open):
            if protocol.transport is not None:
                protocol.transport.close()
        self._open.clear()

    def _protocol(self) -> SMTP:
        protocol = _Protocol(
            self,
            hostname="localhost",  # else a DNS lookup blocks the loop
            ident="PingPilot sandbox, delivers nothing",
            tls_context=self._tls,
            authenticator=self._authenticate,
            auth_require_tls=False,
            auth_exclude_mechanism=["LOGIN"],  # clients would try it after a refused PLAIN
            loop=asyncio.get_running_loop(),
        )
        self.connections += 1
        self._open = {known for known in self._open if known.transport is not None}
        self._open.add(protocol)
        return protocol

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, _data: Any
    ) -> AuthResult:
        fault = self._faults.peek(Channel.EMAIL)
        if fault and fault.code in _AT_LOGIN:
            self._faults.take(Channel.EMAIL)
            return AuthResult(
                success=False, handled=False, message=_reply(str(fault.code), fault.words)
            )
        return AuthResult(success=True)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer MAIL FROM."""
        if refused := self._planned("MAIL"):
            return await self._fail(refused, server)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Answer RCPT TO."""
        if refused := self._planned("RCPT"):
            return await self._fail(refused, server)
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(  # noqa: N802  # aiosmtpd's names
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take the mail."""
        fault = self._planned("DATA")
        if fault is None:
            return self._take(envelope)
        if fault.mode == "slow":
            await asyncio.sleep(fault.seconds)
            return self._take(envelope)
        if fault.silent:
            self._take(envelope)
        return await self._fail(fault, server)

    def _take(self, envelope: Envelope) -> str:
        self.messages_taken += 1
        reference = f"queued as {next(self._ids)} by the PingPilot sandbox"
        content = envelope.original_content or b""
        for address in envelope.rcpt_tos:
            self._inbox.add(Channel.EMAIL, address, content, reference)
        return f"250 2.0.0 Ok: {reference}"

    def _planned(self, command: str) -> Fault | None:
        fault = self._faults.peek(Channel.EMAIL)
        if fault is None or _command(fault) != command:
            return None
        return self._faults.take(Channel.EMAIL)

    async def _fail(self, fault: Fault, server: SMTP) -> str:
        if fault.silent == "timeout":
            await self._faults.hold()
        if fault.silent:
            _drop(server)
        return self._refuse(fault, server)

    def _refuse(self, fault: Fault, server: SMTP) -> str:
        if fault.mode == "rate_limit":
            return "450 4.7.1 Too many messages, try again later"
        if fault.mode == "server_error":
            return _reply("451", fault.words)
        if fault.mode == "garbage":
            return _GARBAGE
        code = str(fault.code).partition("@")[0]
        if code == "421":
            asyncio.get_running_loop().call_soon(_drop, server)
        return _reply(code, fault.words)


class _Protocol(SMTP):
    # aiosmtpd lets the error of a client that hangs up escape its task, which asyncio then
    # reports; for a sandbox it is everyday.
    async def _handle_client(self) -> None:
        with contextlib.suppress(ConnectionError):
            await super()._handle_client()


def _command(fault: Fault) -> str:
    if fault.code is None:
        return "RCPT" if fault.mode == "rate_limit" else fault.command or "DATA"
    code, _, command = fault.code.partition("@")
    return command.upper() or CODES.get(code, ("RCPT", ""))[0]


def _reply(code: str, words: str | None) -> str:
    words = words or CODES.get(code.partition("@")[0], ("", "refused as ordered"))[1]
    return f"{code} {words} (PingPilot sandbox)"


def _drop(server: SMTP) -> None:
    if server.transport is not None:
        server.transport.close()
