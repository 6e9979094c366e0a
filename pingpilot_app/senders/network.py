"""How httpx reaches the network: plain asyncio streams.

httpcore's own backend goes through anyio and polls every idle connection, by a system call, at
every request. At hundreds of messages a second that was a third of a send's CPU time (0.8 ms
against 0.6 ms) and most of its waiting beside the writer's thread.
docs/decisions/0005-network-backend.md
"""

import asyncio
import os
import ssl
from collections.abc import Iterable
from functools import cache
from typing import Any

import httpcore
import httpx


class _Stream(httpcore.AsyncNetworkStream):
    """A connection as httpcore uses it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        try:
            async with asyncio.timeout(timeout):
                return await self._reader.read(max_bytes)
        except TimeoutError as exc:
            raise httpcore.ReadTimeout("no answer in time") from exc
        except OSError as exc:
            raise httpcore.ReadError(str(exc)) from exc

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        if not buffer:
            return
        try:
            self._writer.write(buffer)
            async with asyncio.timeout(timeout):
                await self._writer.drain()
        except TimeoutError as exc:
            raise httpcore.WriteTimeout("not taken in time") from exc
        except (OSError, RuntimeError) as exc:  # RuntimeError: the transport is closed
            raise httpcore.WriteError(str(exc)) from exc

    async def aclose(self) -> None:
        self._writer.close()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            async with asyncio.timeout(timeout):
                await self._writer.start_tls(ssl_context, server_hostname=server_hostname)
        except TimeoutError as exc:
            self._writer.close()
            raise httpcore.ConnectTimeout("no TLS in time") from exc
        except OSError as exc:  # ssl.SSLError is one
            self._writer.close()
            raise httpcore.ConnectError(str(exc)) from exc
        return self

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":  # while idle: the server closed it, or sent what nobody asked for
            return self._reader.at_eof() or self._writer.is_closing()
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._writer.get_extra_info(names.get(info, info))


class _Backend(httpcore.AsyncNetworkBackend):
    """Opens connections."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  # asyncio sets TCP_NODELAY
    ) -> httpcore.AsyncNetworkStream:
        local = (local_address, 0) if local_address else None
        try:
            async with asyncio.timeout(timeout):
                return _Stream(*await asyncio.open_connection(host, port, local_addr=local))
        except TimeoutError as exc:
            raise httpcore.ConnectTimeout("no connection in time") from exc
        except OSError as exc:
            raise httpcore.ConnectError(str(exc)) from exc

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@cache
def _tls(_file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Return the context of all clients: reading the authorities takes 30 ms each time.

    The arguments are where httpx reads them from, besides the system's.
    """
    return httpx.create_ssl_context()


class AsyncioTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over asyncio streams: keep-alive, at most `connections` at once."""

    def __init__(self, connections: int, keepalive_expiry: float) -> None:
        """`keepalive_expiry` is in seconds."""
        # As every program of the machine is told where its certificates are; no setting of ours.
        tls = _tls(os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR"))  # nosemgrep
        super().__init__(verify=tls)
        # httpx has no parameter for the backend; its pool is httpcore's, which has one.
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=keepalive_expiry,
            network_backend=_Backend(),
        )
