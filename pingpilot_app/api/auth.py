"""Who calls: the Bearer key of a request."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Unauthorized
from pingpilot_app.storage.api_keys import KeyEntry

_SCHEME = "Bearer "


def bearer_key(request: Request) -> str:
    """Return the key that the request carries. Raises Unauthorized."""
    header = request.headers.get("authorization")
    if header is None:
        raise Unauthorized("Unauthorized")
    # RFC 9110, section 11.1: the scheme's name is read in upper or lower case.
    if header[: len(_SCHEME)].lower() != _SCHEME.lower() and header.lower() != "bearer":
        raise Unauthorized("Invalid auth header format. Expected: 'Bearer [API_KEY]'")
    return header[len(_SCHEME) :].strip()


def require(instance: Instance, scope: Scope) -> Callable[[Request], Awaitable[KeyEntry]]:
    """Return a dependency that answers who calls and refuses keys without `scope`."""

    async def authorized(request: Request) -> KeyEntry:
        return await instance.acceptor.authorize(bearer_key(request), scope)

    return authorized
