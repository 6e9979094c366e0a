"""One HTTP exchange with a provider: a request out, an answer or a SendError back."""

import asyncio
import json
import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from pingpilot_app.senders.network import AsyncioTransport
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import SendError

CONNECT_TIMEOUT = 5.0  # seconds to reach the provider, and to get a connection of the pool
READ_TIMEOUT = 15.0  # seconds for the answer
WAIT_MAX = 86_400.0  # seconds; a provider that asks for more than a day is not understood

# Nothing of the request can have arrived whole with these; with all others it may have.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.WriteError,
    httpx.WriteTimeout,
    httpx.LocalProtocolError,
    httpx.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `document` is the JSON object in the body, None where there is none."""

    status: int
    headers: Mapping[str, str]
    document: dict[str, Any] | None
    text: str

    @property
    def ok(self) -> bool:
        """Tell whether the status is 2xx."""
        return 200 <= self.status < 300


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


async def post_json(
    client: httpx.AsyncClient,
    url: httpx.URL,
    body: Mapping[str, Any],
    headers: Mapping[str, str],
    *,
    provider: str,
    secret: str,
    read_timeout: float = READ_TIMEOUT,
) -> Answer:
    """POST `body` as JSON and return the answer, whatever its status.

    Raises SendError, transient, where there is no answer; `secret` never shows in it.
    """
    request = httpx.Request(
        "POST",
        url,
        headers={**headers, "Content-Type": "application/json"},
        content=json.dumps(body).encode(),
        extensions={"timeout": _timeout(read_timeout).as_dict()},
    )
    try:
        # httpx times each read; a provider that drips bytes would hold us for ever.
        async with asyncio.timeout(CONNECT_TIMEOUT + read_timeout):
            return _answer(await client.send(request))
    except _NOT_SENT as exc:
        reason = f"{provider} could not be reached: {_words(exc)}"
        raise SendError(clean_reason(reason, secret), permanent=False) from exc
    except (httpx.RequestError, TimeoutError) as exc:
        reason = f"{provider} did not answer: {_words(exc)}"
        raise SendError(
            clean_reason(reason, secret), permanent=False, possibly_delivered=True
        ) from exc


def wait_seconds(value: object) -> float | None:
    """Return a wait as a provider writes it (number or text), None where it makes no sense."""
    try:
        seconds = float(value)  # type: ignore[arg-type]  # what is no number raises
    except (TypeError, ValueError, OverflowError):
        return None
    return min(seconds, WAIT_MAX) if math.isfinite(seconds) and seconds >= 0 else None


def _timeout(read: float) -> httpx.Timeout:
    return httpx.Timeout(read, connect=CONNECT_TIMEOUT, pool=CONNECT_TIMEOUT)


def _answer(response: httpx.Response) -> Answer:
    try:
        document = json.loads(response.content)
    except (ValueError, RecursionError):
        document = None
    return Answer(
        response.status_code,
        response.headers,
        document if isinstance(document, dict) else None,
        response.text if document is None else "",
    )


def _words(exc: Exception) -> str:
    return str(exc) or type(exc).__name__
