"""Reading a request's body within its limits."""

import asyncio
import re

from starlette.requests import Request

from pingpilot_app.domain.errors import TooLarge, TooSlow, WrongType
from pingpilot_app.domain.event import BODY_MAX

DEADLINE = 8  # seconds for the whole body; a stop waits for it

_JSON = re.compile(r"application/(?:[^/\s]+\+)?json")


async def read_body(request: Request) -> bytes:
    """Return the body, at most 64 KiB of JSON. Raises WrongType, TooLarge, TooSlow."""
    _check_type(request.headers.get("content-type"))
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > BODY_MAX:
        raise _too_large()
    try:
        async with asyncio.timeout(DEADLINE):
            return await _collect(request)
    except TimeoutError as exc:
        raise TooSlow(f"The body did not arrive within {DEADLINE} seconds. Send it again.") from exc


async def _collect(request: Request) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > BODY_MAX:
            raise _too_large()
        chunks.append(chunk)
    return b"".join(chunks)


def _check_type(content_type: str | None) -> None:
    if content_type is None:
        return
    kind = content_type.partition(";")[0].strip().lower()
    if not _JSON.fullmatch(kind):
        raise WrongType("The body must be JSON. Send it with Content-Type: application/json")


def _too_large() -> TooLarge:
    return TooLarge(f"The body is larger than {BODY_MAX // 1024} KiB. Send less, or a link to it.")
