"""Who connects, and what that may cost the dashboard's server (granian) and the API's (uvicorn).

Reflex starts granian without any of its limits and has no setting for them, so its server class
is replaced before Reflex asks for it; `rxconfig.py` does that, which every start reads.
"""

import resource
import socket
from contextlib import suppress
from functools import lru_cache
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Scope

from pingpilot_app.domain.client import client_address
from pingpilot_app.settings import Settings

HEAD_BYTES = 32 * 1024  # of request line and headers together
CONNECTIONS = 4096  # at once; more wait (granian) or are closed (uvicorn)
TCP_USER_TIMEOUT = 18  # Linux' number of the option, which not every Python names
_STALLS = 3  # client timeouts in which a client may take nothing of its answer


def client_of(scope: Scope, settings: Settings) -> str:
    """Return the address that a request or a websocket comes from, past the operator's proxies."""
    peer = scope["client"][0] if scope.get("client") else None
    hops = settings.trusted_proxy_hops
    if not hops:
        return _address_of_peer(peer)
    # A proxy may add a line of its own instead of going on with the one that the client sent.
    forwarded = ",".join(Headers(scope=scope).getlist("x-forwarded-for"))
    return client_address(peer, forwarded, hops)


@lru_cache(maxsize=10_000)
def _address_of_peer(peer: str | None) -> str:
    return client_address(peer, None, 0)


def stall_milliseconds(client_timeout: int) -> int:
    """Return how long an answer may wait for a client that takes nothing of it."""
    return client_timeout * 1000 * _STALLS


def cut_off_stalled(listener: socket.socket, client_timeout: int) -> None:
    """Have the system give up a peer that takes nothing; on Linux connections inherit it."""
    with suppress(OSError):  # not Linux
        listener.setsockopt(
            socket.IPPROTO_TCP, TCP_USER_TIMEOUT, stall_milliseconds(client_timeout)
        )


def allow_connections() -> None:
    """Raise this process's limit of open files, which are its connections too."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * CONNECTIONS if hard == resource.RLIM_INFINITY else min(2 * CONNECTIONS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def limit_granian(client_timeout: int) -> None:
    """Have the dashboard's server cut off clients that are slow or send endless headers.

    `client_timeout`: seconds for the head of a request, and in which a connection may be idle.
    """
    import granian.server  # the API alone runs without it
    from granian.constants import HTTPModes
    from granian.http import HTTP1Settings

    original = granian.server.Server
    if getattr(original, "limited", False):
        return

    class LimitedServer(original):  # type: ignore[misc, valid-type]  # chosen at run time
        limited = True

        def __init__(self, *args: Any, **kwargs: Any) -> None:
            limits = {
                # With the choice of HTTP/2, a connection that says nothing is never closed.
                "http": HTTPModes.http1,
                "http1_settings": HTTP1Settings(
                    header_read_timeout=client_timeout * 1000, max_buffer_size=HEAD_BYTES
                ),
                "backlog": CONNECTIONS,
                "backpressure": CONNECTIONS,
            }
            super().__init__(*args, **(limits | kwargs))

        def _init_shared_socket(self) -> None:
            """Open the socket here, where its options can be set, instead of in each worker."""
            super()._init_shared_socket()
            if self._shd is None:  # Linux
                self._shd: Any = self._ssp.build()
                self._sfd = self._shd.get_fd()
                self._ssp: Any = None
                self._sso = socket.socket(fileno=self._sfd)
                self._sso.set_inheritable(True)
            cut_off_stalled(self._sso, client_timeout)

        def serve(self, *args: Any, **kwargs: Any) -> None:
            allow_connections()
            super().serve(*args, **kwargs)

    granian.server.Server = LimitedServer
