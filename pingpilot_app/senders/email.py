"""Sends messages as email, through the `emails` package."""

import asyncio
import re
import ssl
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from email.utils import parseaddr
from typing import Any

from emails.backend.response import SMTPResponse
from emails.message import Message as Mail

from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.letter import Letter
from pingpilot_app.domain.message import Message
from pingpilot_app.senders.mail import build_letter, build_mail, header_text
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Destination, Identity, Receipt, Scope, SendError
from pingpilot_app.senders.smtp_connection import SmtpConnection
from pingpilot_app.senders.smtp_pool import SmtpPool
from pingpilot_app.senders.smtp_refusal import lost, refusal
from pingpilot_app.settings import SmtpSettings

MAIL_TIMEOUT = 65.0  # seconds for a whole mail, connecting included

_ADDRESS_MAX = 254  # RFC 5321 section 4.5.3.1.3, less the brackets
_ADDRESS = re.compile(r"([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64})@([^\s@<>()\[\],;:\\\"]+)", re.ASCII)

Unsubscribe = Callable[[Destination], str]
ClaimLink = Callable[[Destination, str], str]  # of an event, for whoever reads mail there


class EmailSender:
    """Hands mails to one mail server, one recipient each.

    `unsubscribe` gives the URL of List-Unsubscribe, without which mails have none; `tls` replaces
    the system's authorities.
    """

    def __init__(
        self,
        settings: SmtpSettings,
        *,
        unsubscribe: Unsubscribe | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        name, address = parseaddr(header_text(settings.email_from))
        self._from = (name, address)
        self._server = f"{settings.host}:{settings.port}"
        self._password = settings.password.get_secret_value() if settings.password else ""
        self.unsubscribe = unsubscribe
        self.claim_link: ClaimLink | None = None
        self._pool = SmtpPool(lambda: SmtpConnection(settings, address, tls))

    async def send(self, message: Message, destination: Destination, nonce: str) -> Receipt:
        """Deliver `message` to the address. Raises SendError.

        Every try of one `nonce` has the same Message-ID, by which mailboxes drop repeats.
        """
        address = _recipient(destination.address)
        if message.button and self.claim_link:
            link = self.claim_link(destination, message.event_id)
            message = replace(message, claim_url=link)
        unsubscribe = self.unsubscribe(destination) if self.unsubscribe else ""
        mail = build_mail(message, self._from, address, nonce, unsubscribe)
        response = await self._hand_over(mail)
        words = (response.status_text or b"").decode(errors="replace")
        return Receipt(clean_reason(words, self._password))

    async def post(self, letter: Letter, address: str, nonce: str) -> None:
        """Deliver a letter to the address. Raises SendError."""
        await self._hand_over(build_letter(letter, self._from, _recipient(address), nonce))

    async def check(self) -> Identity:
        """Connect and log in; the name is the server's address and what it calls itself.

        Raises SendError.
        """
        try:
            async with self._pool.lend(fresh=True) as connection:
                calls_itself = clean_reason(await _bounded(connection.greet()), self._password)
        except Exception as exc:  # the border: the library lets many kinds through
            raise refusal(exc, in_data=False, password=self._password) from None
        return Identity(f"{self._server} ({calls_itself})" if calls_itself else self._server)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()

    async def _hand_over(self, mail: Mail) -> SMTPResponse:
        with suppress(_ClosedWhileIdle):
            return await self._try(mail, fresh=False)
        return await self._try(mail, fresh=True)

    async def _try(self, mail: Mail, *, fresh: bool) -> SMTPResponse:
        reused = in_data = False
        try:
            async with self._pool.lend(fresh=fresh) as connection:
                reused = connection.alive
                try:
                    return _taken(await _bounded(mail.send_async(smtp=connection)))
                finally:
                    in_data = connection.in_data
        except Exception as exc:  # the border: the library lets many kinds through
            if reused and not in_data and lost(exc):
                raise _ClosedWhileIdle from exc
            # The cause is not kept: a server may repeat the login in its words.
            raise refusal(exc, in_data=in_data, password=self._password) from None


class _ClosedWhileIdle(Exception):
    """The server had closed a kept connection; nothing of the mail was taken."""


async def _bounded(sending: Coroutine[Any, Any, Any]) -> Any:
    """Await within MAIL_TIMEOUT, in a task of its own.

    Python 3.11's `wait_for`, on which the library builds, swallows a cancellation that comes
    together with a result; so the task is cancelled until it ends.
    """
    task = asyncio.get_running_loop().create_task(sending)
    try:
        await asyncio.wait({task}, timeout=MAIL_TIMEOUT)
        if task.done():
            return task.result()
        raise TimeoutError("the mail server took too long")
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=0.05)
        if not task.cancelled():
            task.exception()  # seen, or asyncio would report it


def _taken(response: SMTPResponse | None) -> SMTPResponse:
    if response is None or not response.success:
        raise ConnectionError("the mail server did not take the mail")
    return response


def _recipient(address: str) -> str:
    found = _ADDRESS.fullmatch(address) if len(address) <= _ADDRESS_MAX else None
    try:
        domain = found[2].encode("idna").decode() if found else ""
    except UnicodeError:
        domain = ""
    if found and re.fullmatch(r"[A-Za-z0-9.-]+", domain):
        return f"{found[1]}@{domain}"
    raise SendError(
        "This is not an email address that mail can be sent to",
        failure=Failure.BAD_ADDRESS,
        permanent=True,
        scope=Scope.DESTINATION,
    )
