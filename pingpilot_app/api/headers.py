"""What browsers are told of the API's answers: to run, frame, keep and tell nothing of them."""

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from re import DOTALL, findall

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_Headers = list[tuple[bytes, bytes]]

_COMMON = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
]
_NOTHING = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_NOT_KEPT = (b"cache-control", b"no-store")
_HSTS = (b"strict-transport-security", b"max-age=31536000")
_DOCS = (
    "default-src 'none'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def add_headers(app: FastAPI, *, https: bool) -> None:
    """Have every answer of the app carry the headers, those to its own faults, too."""
    build = app.build_middleware_stack
    app.build_middleware_stack = (  # type: ignore[method-assign]  # a middleware sees no faults
        lambda: _ApiHeaders(build(), https=https)
    )


class _ApiHeaders:
    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._common = [*_COMMON, _HSTS] if https else _COMMON
        self._answers: _Headers = [*self._common, _NOTHING, _NOT_KEPT]
        self._files: _Headers = [*self._common, _NOTHING]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/docs":
            await self._app(scope, receive, self._named(send))
        else:
            is_file = scope["path"].startswith("/docs")
            await self._app(
                scope, receive, _adding(self._files if is_file else self._answers, send)
            )

    def _named(self, send: Send) -> Send:
        """Hold the answer's beginning back until its one part tells which scripts are in it."""
        begun: list[Message] = []

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                begun.append(message)
                return
            for start in begun:
                policy = (b"content-security-policy", _docs_policy(message["body"]))
                await _adding([*self._common, policy, _NOT_KEPT], send)(start)
            begun.clear()
            await send(message)

        return send_named


def _adding(headers: _Headers, send: Send) -> Send:
    async def send_with(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return send_with


@lru_cache(1)  # the page is the same for everybody
def _docs_policy(page: bytes) -> bytes:
    scripts = findall(rb"<script>(.*?)</script>", page, DOTALL)
    hashes = [b64encode(sha256(script).digest()).decode() for script in scripts]
    return _DOCS.format(scripts=" ".join(f"'sha256-{one}'" for one in hashes)).encode()
