"""Reading a request's body within its limits."""

import asyncio
import re

from starlette.requests import Request

from pingpilot_app.domain.errors import TooLarge, TooSlow, WrongType
from pingpilot_app.domain.event import BODY_MAX

DEADLINE = 8  # seconds for the whole body; a stop waits for it
_LENGTH_DIGITS = 20

_JSON = re.compile(r"application/(?:[^/\s]+\+)?json")
_CHARSET = re.compile(r"(?:^|[;\s])charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)
_UTF_8 = frozenset({"utf-8", "utf8", "us-ascii"})


async def read_body(request: Request, limit: int = BODY_MAX) -> bytes:
    """Return the body, at most `limit` bytes of JSON. Raises WrongType, TooLarge, TooSlow."""
    _check_type(request.headers.get("content-type"))
    _check_encoding(request.headers.get("content-encoding"))
    if _declared(request.headers.get("content-length", "")) > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(DEADLINE):
            return await _collect(request, limit)
    except TimeoutError as exc:
        raise TooSlow(f"The body did not arrive within {DEADLINE} seconds. Send it again.") from exc


def _declared(length: str) -> int:
    """Return the declared length, 0 where there is none; hundreds of digits are too many."""
    if not (length.isascii() and length.isdigit()):
        return 0
    return int(length) if len(length) < _LENGTH_DIGITS else 10**_LENGTH_DIGITS


async def _collect(request: Request, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
    return b"".join(chunks)


def _check_type(content_type: str | None) -> None:
    if content_type is None:
        return
    kind, _, parameters = content_type.partition(";")
    if not _JSON.fullmatch(kind.strip().lower()):
        raise WrongType("The body must be JSON. Send it with Content-Type: application/json")
    charset = _CHARSET.search(parameters)
    if charset and charset[1].lower() not in _UTF_8:
        raise WrongType("JSON is read as UTF-8 alone. Send the body in UTF-8, without a charset")


def _check_encoding(encoding: str | None) -> None:
    """Refuse compressed bodies: a few bytes could unfold to gigabytes."""
    if encoding and encoding.strip().lower() != "identity":
        raise WrongType("Bodies are not decompressed. Send it without Content-Encoding")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // 1024} KiB. Send less, or a link to it.")
