"""The API as one ASGI app."""

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.types import Lifespan

from pingpilot_app.api import openapi
from pingpilot_app.api.category_routes import category_routes
from pingpilot_app.api.discord_route import discord_route
from pingpilot_app.api.errors import add_handlers
from pingpilot_app.api.event_route import event_route
from pingpilot_app.api.headers import add_headers
from pingpilot_app.api.health_routes import health_routes
from pingpilot_app.api.read_routes import read_routes
from pingpilot_app.api.replay_routes import replay_routes
from pingpilot_app.api.request_head import RequestHead
from pingpilot_app.api.request_id import RequestIds
from pingpilot_app.api.strangers import limit_strangers
from pingpilot_app.api.stream_route import stream_route
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.version import VERSION

ASSETS = "/docs-assets"

PREFIXES = ("/api", "/openapi.json", "/docs", "/healthz", "/readyz")


def create_api(instance: Instance, lifespan: Lifespan[FastAPI] | None = None) -> FastAPI:
    """Return the API of `instance`, which need not be started yet; `lifespan` may start it."""
    app: FastAPI = FastAPIOffline(
        title="PingPilot", version=VERSION, redoc_url=None, static_url=ASSETS, lifespan=lifespan
    )
    app.router.redirect_slashes = False  # a wrong path is told, not guessed
    app.router.routes[:0] = [
        event_route(instance),
        stream_route(instance),
        discord_route(instance),
    ]
    app.include_router(read_routes(instance))
    app.include_router(replay_routes(instance))
    app.include_router(category_routes(instance))
    app.include_router(health_routes(instance))
    app.openapi = lambda: openapi.describe(app)  # type: ignore[method-assign]  # FastAPI's documented way
    add_handlers(app)
    limit_strangers(app, instance)
    app.add_middleware(RequestHead)
    add_headers(app, https=instance.settings.secure_cookies)
    app.add_middleware(RequestIds)
    return app


def is_api_path(path: str) -> bool:
    """Tell whether the API answers `path`, rather than the dashboard."""
    return path.startswith(PREFIXES) and any(
        path == prefix or path.startswith((f"{prefix}/", f"{prefix}-")) for prefix in PREFIXES
    )
