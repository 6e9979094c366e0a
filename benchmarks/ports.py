"""Free ports of loopback, for servers that benchmarks and tests start."""

import random
import socket

# Below what systems give to outgoing connections: one of those could take a port that was found.
_FROM, _UNTIL = 20_000, 30_000


def free_ports() -> int:
    """Return a port that is free together with the next one: the sandbox takes both."""
    while True:
        port = random.randrange(_FROM, _UNTIL)  # noqa: S311  # no secret
        try:
            with socket.create_server(("127.0.0.1", port)):
                socket.create_server(("127.0.0.1", port + 1)).close()
        except OSError:
            continue
        return port
