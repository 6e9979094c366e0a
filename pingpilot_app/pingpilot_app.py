"""Composition root of the dashboard: the Reflex app, the API beside it, and what both run on."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import reflex as rx
from reflex.utils.prerequisites import get_web_dir
from reflex_base.constants import Dirs
from starlette.types import ASGIApp, Receive, Scope, Send

from pingpilot_app import settings
from pingpilot_app.api.app import create_api, is_api_path
from pingpilot_app.delivery.closing import set_on_signal
from pingpilot_app.delivery.instance import Instance, set_current
from pingpilot_app.logs import set_up_logging
from pingpilot_app.ui.activity_export import activity_routes
from pingpilot_app.ui.browser_acts import Acts, tell_fault
from pingpilot_app.ui.claim import claim_app, is_claim_path
from pingpilot_app.ui.exports import export_app, is_export_path
from pingpilot_app.ui.gate import Gate
from pingpilot_app.ui.guard import log_browser_error
from pingpilot_app.ui.headers import Policies, Shielded
from pingpilot_app.ui.namespace import stand_guard
from pingpilot_app.ui.origin import is_own_origin
from pingpilot_app.ui.own_address import OwnAddress
from pingpilot_app.ui.pages import add_pages
from pingpilot_app.ui.sign_in import is_sign_in_path, sign_in_app
from pingpilot_app.ui.sockets import Sockets
from pingpilot_app.ui.template import HEAD, STYLESHEETS
from pingpilot_app.ui.unsubscribe import is_unsubscribe_path, unsubscribe_app

logger = logging.getLogger(__name__)

_settings = settings.load()
_instance = Instance(_settings)
_api = create_api(_instance)
_sign_in = sign_in_app(_instance)
_exports = export_app(_instance, *activity_routes(_instance))
_unsubscribe = unsubscribe_app(_instance)
_claim = claim_app(_instance)
_policies = Policies(_settings)


def beside_dashboard(dashboard: ASGIApp) -> ASGIApp:
    """Return an app that answers the API's and the sign-in paths itself, the rest by Reflex."""
    gate = Gate(_instance, Sockets(_settings, dashboard))

    async def for_browsers(scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] == "http" and is_sign_in_path(path):
            await _sign_in(scope, receive, send)
        elif scope["type"] == "http" and is_export_path(path):
            await _exports(scope, receive, send)
        elif scope["type"] == "http" and is_unsubscribe_path(path):
            await _unsubscribe(scope, receive, send)
        elif scope["type"] == "http" and is_claim_path(path):
            await _claim(scope, receive, send)
        else:
            await gate(scope, receive, send)

    shielded = Shielded(OwnAddress(for_browsers, _settings), _settings, _policies)

    async def dispatch(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and is_api_path(scope.get("path", "")):
            await _api(scope, receive, send)
        else:
            await shielded(scope, receive, send)

    return dispatch


@asynccontextmanager
async def run_instance() -> AsyncIterator[None]:
    """Run PingPilot while this server process runs."""
    set_up_logging(_settings)
    await asyncio.to_thread(_policies.read, get_web_dir() / Dirs.STATIC)
    await _instance.start()
    set_on_signal(_instance.closing)
    set_current(_instance)
    gc.freeze()  # what lives as long as the process need not be looked at by every collection
    logger.info("PingPilot is ready at %s", _settings.public_url)
    try:
        yield
    finally:
        set_current(None)
        await _instance.stop()


app = rx.App(
    stylesheets=STYLESHEETS,
    head_components=HEAD,
    toaster=Acts.create(),
    backend_exception_handler=tell_fault,
    html_lang="en",
    api_transformer=beside_dashboard,
    frontend_exception_handler=log_browser_error,
)
stand_guard(app)
if app.sio is not None:  # always, once the app has states
    # Besides PUBLIC_URL, the address that the page itself came from: with a fresh PingPilot that
    # is as often 127.0.0.1 or a name in the home network.
    app.sio.eio.cors_allowed_origins = lambda origin, environ: is_own_origin(
        origin, environ.get("HTTP_HOST"), _settings
    )
app.register_lifespan_task(run_instance)
add_pages(app)
