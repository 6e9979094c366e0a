"""uvicorn inside a running event loop: no thread, no signal handlers, no log lines."""

import socket
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class _Unlogged(HttpToolsProtocol):
    """A protocol that logs no requests, whatever the process's other servers log."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.access_log = False  # a URL here holds a bot's token


class EmbeddedServer:
    """Serves one ASGI app on 127.0.0.1."""

    def __init__(self, app: Any) -> None:
        config = uvicorn.Config(app, http=_Unlogged, ws="none", lifespan="off", log_config=None)
        self._server = uvicorn.Server(config)

    async def start(self, port: int) -> int:
        """Listen and return the port. `port` 0: one that is free. Raises OSError."""
        # The protocol is named so that asyncio sets TCP_NODELAY; without, answers wait 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))
        except OSError:
            listener.close()
            raise
        # `serve()` would take over the process's signals and poll; these are its parts without.
        self._server.config.load()
        self._server.lifespan = self._server.config.lifespan_class(self._server.config)
        await self._server.startup(sockets=[listener])
        return int(listener.getsockname()[1])

    async def stop(self) -> None:
        """Stop listening and drop all connections."""
        for server in self._server.servers:
            server.close()
        for connection in list(self._server.server_state.connections):
            connection.transport.close()
        for task in list(self._server.server_state.tasks):
            task.cancel()

    def drop(self, client: tuple[str, int]) -> None:
        """Break the connection from `client`."""
        for connection in list(self._server.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.close()
