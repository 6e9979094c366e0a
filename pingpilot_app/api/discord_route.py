"""`POST /api/v1/discord/interactions`: where Discord tells of buttons that were pressed.

No key of ours leads in, but Discord's signature. https://docs.discord.com/developers/interactions/
overview#setting-up-an-endpoint: a bad one is answered 401, which Discord tries now and then.
"""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pingpilot_app.api.auth import address_of
from pingpilot_app.api.body import read_body
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.interactions import Interactions, Signed
from pingpilot_app.delivery.outlets import INTERACTIONS
from pingpilot_app.domain.client import neighbourhood
from pingpilot_app.domain.errors import NotFound, Unauthorized

BODY_MAX = 256 * 1024  # bytes; a message comes with it, escaped


def discord_route(instance: Instance) -> Route:
    """Return the route that Discord's interactions arrive at for `instance`."""
    interactions = Interactions(instance)

    async def post_interaction(request: Request) -> Response:
        if instance.discord_key is None:
            raise NotFound("Set DISCORD_PUBLIC_KEY to have Discord's buttons work.")
        signature = request.headers.get("x-signature-ed25519", "")
        timestamp = request.headers.get("x-signature-timestamp", "")
        body = await read_body(request, BODY_MAX)
        if not interactions.is_genuine(Signed(body, signature, timestamp)):
            instance.bursts.take_as_stranger(neighbourhood(address_of(instance, request)))
            raise Unauthorized("invalid request signature")
        return JSONResponse(await interactions.answer(body))

    return Route(INTERACTIONS, post_interaction, methods=["POST"])
