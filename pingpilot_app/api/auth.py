"""Who calls: the Bearer key of a request."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.requests import HTTPConnection, Request
from starlette.responses import Response

from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Unauthorized
from pingpilot_app.domain.rate_limit import rate_limit_headers
from pingpilot_app.serving import client_of
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


def address_of(instance: Instance, request: HTTPConnection) -> str:
    """Return the address that a request comes from."""
    return client_of(request.scope, instance.settings)


async def authorize(instance: Instance, request: Request, scope: Scope) -> KeyEntry:
    """Return who calls. Raises Unauthorized, Forbidden, LimitReached, Unavailable."""
    client = partial(address_of, instance, request)
    try:
        key = bearer_key(request)
    except Unauthorized as refusal:
        raise instance.authorizer.refused(refusal.message, client) from None
    return await instance.authorizer.authorize(key, scope, client)


def limit_headers(instance: Instance, entry: KeyEntry) -> dict[str, str]:
    """Return what the key may still send, as the RateLimit headers tell it."""
    return rate_limit_headers(instance.authorizer.left(entry))


def require(instance: Instance, scope: Scope) -> Callable[[Request, Response], Awaitable[KeyEntry]]:
    """Return a dependency that answers who calls and refuses keys without `scope`."""

    async def authorized(request: Request, response: Response) -> KeyEntry:
        entry = await authorize(instance, request, scope)
        response.headers.update(limit_headers(instance, entry))
        return entry

    return authorized
