"""One HTTP exchange with a provider: a request out, an answer or a SendError back."""

import asyncio
import json
import logging
import math
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.network import AsyncioTransport
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError

CONNECT_TIMEOUT = 5.0  # seconds to reach the provider, and to get a connection of the pool
READ_TIMEOUT = 15.0  # seconds for the answer
ANSWER_MAX = 16 * 1024 * 1024  # bytes; a hundred of Telegram's updates take at most some 6 MiB
WAIT_MAX = 86_400.0  # seconds; a provider that asks for more than a day is not understood

# Nothing of the request can have arrived whole with these; with all others it may have.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.UnsupportedProtocol,
)
# What was in front of the API lost its answer; the message may have got through to it.
# 520 and 524 are Cloudflare's, which is in front of Discord.
_ANSWER_LOST = frozenset({502, 504, 520, 524})
# TLS that ends early is a broken connection; all other trouble with it is a matter of trust.
_TLS_ENDED = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `document` is the JSON object in the body, None where there is none.

    `delivering` tells that the request carried a message.
    """

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any] | None
    delivering: bool = False

    @property
    def ok(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def at(self) -> datetime | None:
        """Return the time of the provider's clock, None where it does not tell."""
        try:
            told = parsedate_to_datetime(self.headers.get("Date", ""))
        except (TypeError, ValueError, OverflowError):
            return None
        return told if told.tzinfo else told.replace(tzinfo=UTC)

    @property
    def possibly_delivered(self) -> bool:
        """Tell whether a message may have been taken, where the API itself did not answer."""
        return self.delivering and (self.ok or self.status in _ANSWER_LOST)


class HttpApi:
    """A provider's API: `name` is what people call it, `secret` shows in no error."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        name: str,
        secret: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        silence_urls()
        self._client = client
        self._name = name
        self._secret = secret
        self._headers = dict(headers or {})

    async def get(self, url: httpx.URL) -> Answer:
        """GET and return the answer, whatever its status. Raises SendError, never permanent."""
        return await self._exchange("GET", url, READ_TIMEOUT)

    async def post(
        self,
        url: httpx.URL,
        body: Mapping[str, Any],
        *,
        delivering: bool,
        read_timeout: float = READ_TIMEOUT,
    ) -> Answer:
        """POST `body` as JSON and return the answer, whatever its status.

        `delivering` tells that it is a message, which may have arrived where no answer comes.
        Raises SendError, never permanent.
        """
        content = json.dumps(body).encode()
        return await self._exchange("POST", url, read_timeout, content, delivering=delivering)

    async def patch(self, url: httpx.URL, body: Mapping[str, Any]) -> Answer:
        """PATCH `body` as JSON and return the answer, whatever its status.

        Raises SendError, never permanent.
        """
        return await self._exchange("PATCH", url, READ_TIMEOUT, json.dumps(body).encode())

    def not_its_api(self, answer: Answer) -> SendError:
        """Return the error for an answer that the API cannot have given."""
        return SendError(
            f"{self._name} answered {answer.status} with something that is not its API's",
            failure=Failure.NOT_ITS_API,
            permanent=False,
            code=str(answer.status),
            possibly_delivered=answer.possibly_delivered,
        )

    async def _exchange(
        self,
        method: str,
        url: httpx.URL,
        read_timeout: float,
        content: bytes | None = None,
        *,
        delivering: bool = False,
    ) -> Answer:
        try:
            request = self._request(method, url, read_timeout, content)
            # httpx times each read; a provider that drips bytes would hold us for ever.
            async with asyncio.timeout(CONNECT_TIMEOUT + read_timeout):
                response = await self._client.send(request, stream=True)
                body = await _body(response)
                return _answer(response, body, delivering=delivering)
        # The causes are not kept: their texts and requests can hold the token.
        except (UnicodeEncodeError, httpx.LocalProtocolError):
            raise self._unfit_token() from None
        except _NOT_SENT as exc:
            raise self._unreached(exc) from None
        except (httpx.RequestError, TimeoutError) as exc:
            raise self._unanswered(exc, delivering=delivering) from None

    def _request(
        self, method: str, url: httpx.URL, read_timeout: float, content: bytes | None
    ) -> httpx.Request:
        json_type = {"Content-Type": "application/json"} if content is not None else {}
        limits = {"timeout": _timeout(read_timeout).as_dict()}
        headers = {**self._headers, **json_type}
        return httpx.Request(method, url, headers=headers, content=content, extensions=limits)

    def _unfit_token(self) -> SendError:
        """Return the error for headers that HTTP cannot carry; the token is all that varies."""
        return SendError(
            f"{self._name}'s token holds a character that no token has",
            failure=Failure.BAD_CREDENTIALS,
            permanent=False,
            scope=Scope.PROVIDER,
        )

    def _unreached(self, exc: Exception) -> SendError:
        insecure = any(map(is_insecure, _causes(exc)))
        return SendError(
            clean_reason(f"{self._name} could not be reached: {_words(exc)}", self._secret),
            failure=Failure.NOT_SECURE if insecure else Failure.UNREACHABLE,
            permanent=False,
            scope=Scope.PROVIDER if insecure else Scope.MESSAGE,
        )

    def _unanswered(self, exc: Exception, *, delivering: bool) -> SendError:
        return SendError(
            clean_reason(f"{self._name} did not answer: {_words(exc)}", self._secret),
            failure=Failure.NO_ANSWER if delivering else Failure.UNREACHABLE,
            permanent=False,
            possibly_delivered=delivering,
        )


def new_client() -> httpx.AsyncClient:
    """Return a client for one provider: keep-alive, bounded, silent about URLs."""
    silence_urls()
    return httpx.AsyncClient(
        transport=AsyncioTransport(connections=32, keepalive_expiry=30),
        timeout=_timeout(READ_TIMEOUT),
        follow_redirects=False,  # a redirect would carry the token to another host
        trust_env=True,
    )


def silence_urls() -> None:
    """Keep httpx from logging URLs, which hold Telegram's token.

    A filter rather than a level: it holds whatever levels are configured later.
    """
    for name in ("httpx", "httpcore"):
        logger = logging.getLogger(name)
        if _warnings_only not in logger.filters:
            logger.addFilter(_warnings_only)


def _warnings_only(line: logging.LogRecord) -> bool:
    return line.levelno >= logging.WARNING


def is_insecure(error: BaseException | None) -> bool:
    """Tell whether TLS failed because the other side could not be trusted or spoke none."""
    return isinstance(error, ssl.SSLError) and not isinstance(error, _TLS_ENDED)


def wait_seconds(value: object) -> float | None:
    """Return a wait as a provider writes it (number or text), None where it makes no sense."""
    try:
        seconds = float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError):
        return None
    return min(seconds, WAIT_MAX) if math.isfinite(seconds) and seconds >= 0 else None


def _timeout(read: float) -> httpx.Timeout:
    return httpx.Timeout(read, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT)


async def _body(response: httpx.Response) -> bytes:
    """Return the body; of one that is too large nothing, and the connection is closed."""
    body = bytearray()
    try:
        async for part in response.aiter_bytes():
            body += part
            if len(body) > ANSWER_MAX:
                return b""
    finally:
        await response.aclose()
    return bytes(body)


def _answer(response: httpx.Response, body: bytes, *, delivering: bool) -> Answer:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        document = None
    return Answer(
        response.status_code,
        response.headers,
        document if isinstance(document, dict) else None,
        delivering,
    )


def _causes(exc: BaseException) -> Iterator[BaseException]:
    cause: BaseException | None = exc
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__


def _words(exc: Exception) -> str:
    return str(exc) or type(exc).__name__
