"""What anybody may read without a key: not more often than the operator allows an address."""

from fastapi import FastAPI
from starlette.requests import HTTPConnection
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app.api.auth import address_of
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.client import neighbourhood

# Not /healthz and /readyz: whoever watches this process must get an answer, whatever strangers at
# the same address do. They cost next to nothing.
_LIMITED = ("/openapi.json", "/docs")


def limit_strangers(app: FastAPI, instance: Instance) -> None:
    """Have the description and its pages count as requests of their address."""
    for route in app.router.routes:
        if isinstance(route, Route | Mount) and route.path.startswith(_LIMITED):
            route.app = _limited(route.app, instance)


def _limited(app: ASGIApp, instance: Instance) -> ASGIApp:
    async def limited(scope: Scope, receive: Receive, send: Send) -> None:
        address = address_of(instance, HTTPConnection(scope))
        instance.bursts.take_as_stranger(neighbourhood(address))
        await app(scope, receive, send)

    return limited
