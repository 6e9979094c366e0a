"""One connection to the mail server: the `emails` package's async backend, used for one try."""

import contextlib
import ssl
from asyncio import timeout
from typing import Any

from emails.backend.response import SMTPResponse
from emails.backend.smtp.aio_backend import AsyncSMTPBackend
from emails.backend.smtp.aio_client import AsyncSMTPClientWithResponse

from pingpilot_app.senders.mail import domain_of, header_text
from pingpilot_app.settings import SmtpSettings, SmtpTls

COMMAND_TIMEOUT = 60.0  # seconds for one reply; RFC 5321 section 4.5.3.2 asks for patience
_FAREWELL = 1.0  # seconds for QUIT; a stop waits for it


class SmtpConnection(AsyncSMTPBackend):
    """The library's backend, without its own second try and with a way to drop it at once.

    It connects at its first mail. After any exception or cancellation it has to be aborted:
    replies that are still under way would be read as answers to the next mail.
    """

    def __init__(
        self, settings: SmtpSettings, from_address: str, tls: ssl.SSLContext | None = None
    ) -> None:
        password = settings.password
        super().__init__(
            host=settings.host,
            port=settings.port,
            ssl=settings.tls is SmtpTls.TLS,
            tls=settings.tls is SmtpTls.STARTTLS,
            user=settings.username,
            password=password.get_secret_value() if password else "",
            timeout=COMMAND_TIMEOUT,
            tls_context=tls,  # None: a verifying one with the system's authorities
            local_hostname=domain_of(header_text(from_address)),  # else a DNS lookup blocks
            fail_silently=False,
        )
        self._response: SMTPResponse | None = None

    @property
    def alive(self) -> bool:
        """Tell whether the connection is open as far as is known."""
        return self._client is not None and self._client._smtp.is_connected

    @property
    def in_data(self) -> bool:
        """Tell whether the message itself was on its way when the mail failed."""
        response = self._response
        return (
            response is not None
            and response.last_command == "rcpt"
            and not response.refused_recipients
        )

    async def greet(self) -> str:
        """Connect, log in, and return what the server calls itself (the first line of EHLO)."""
        client = await self.get_client()
        greeting = client._smtp.last_ehlo_response
        return greeting.message.partition("\n")[0].strip() if greeting else ""

    def make_response(self, exception: Exception | None = None) -> SMTPResponse:
        """Make the library's record of one mail and keep it: an exception does not carry it."""
        self._response = super().make_response(exception)
        return self._response

    async def _send_with_retry(self, **kwargs: Any) -> SMTPResponse | None:
        # The library would send again after a disconnect, also when the server has the mail.
        self._response = None
        return await self._send(**kwargs)

    async def _get_client_unlocked(self) -> AsyncSMTPClientWithResponse:
        # As the library does it, but known before it connects, so that it can be aborted then.
        if self._client is None:
            self._client = AsyncSMTPClientWithResponse(
                parent=self, ssl=self.ssl, **self.smtp_cls_kwargs
            )
            await self._client.initialize()  # type: ignore[no-untyped-call]  # the library's
        return self._client

    def abort(self) -> None:
        """Drop the connection without a word."""
        if self._client is not None:
            self._client._smtp.close()  # the library can only QUIT
            self._client = None

    async def leave(self) -> None:
        """Say QUIT and close; a server that does not answer is left all the same."""
        client = self._client
        with contextlib.suppress(Exception):
            async with timeout(_FAREWELL):
                await self.close()
        self._client = client
        self.abort()
