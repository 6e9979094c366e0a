"""Where a request to the API comes from."""

from starlette.requests import Request

from pingpilot_app.domain.client import client_address
from pingpilot_app.settings import Settings


def client_of(request: Request, settings: Settings) -> str:
    """Return the address that the request came from, seen past the operator's own proxies."""
    peer = request.client.host if request.client else None
    forwarded = request.headers.get("x-forwarded-for")
    return client_address(peer, forwarded, settings.trusted_proxy_hops)
