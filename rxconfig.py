"""Reflex's configuration, drawn from PingPilot's settings."""

import sys
from pathlib import Path
from typing import Any

import reflex as rx

from pingpilot_app import settings
from pingpilot_app.serving import limit_granian

_settings = settings.load()
limit_granian(_settings.client_timeout)
_bun = Path(sys.executable).with_name("bun")

_RADIX = "@radix-ui/themes"


class LeanRadix(rx.plugins.RadixThemesPlugin):
    """Radix without what no page uses: it would bring 95 KB of scripts and styles more."""

    def get_frontend_dependencies(self, **_context: Any) -> tuple[str, ...]:
        """Return nothing: a page brings the parts it uses, all is for components made later."""
        return ()

    def get_stylesheet_paths(self, **_context: Any) -> tuple[str, ...]:
        """Return the parts of @radix-ui/themes/styles.css that our pages need."""
        colors = tuple(f"{_RADIX}/tokens/colors/{name}.css" for name in ("indigo", "slate"))
        return (f"{_RADIX}/tokens/base.css", *colors, f"{_RADIX}/components.css")


config = rx.Config(
    app_name="pingpilot_app",
    frontend_port=_settings.port,
    backend_port=_settings.port,
    backend_host=_settings.host,
    # The browser talks to the address it sees, which is the proxy's where there is one.
    api_url=_settings.public_url,
    deploy_url=_settings.public_url,
    trusted_proxy_hops=_settings.trusted_proxy_hops,
    # A list that names our own origin: with any other page's, the websocket is refused.
    cors_allowed_origins=[_settings.public_url],
    # Kept in memory: a new key is part of the state while its dialog is open, and the default
    # would write that to a file.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    # Seconds that a state is kept which nothing has used, whatever the name says: as long as a
    # laptop may be closed before its tabs load everything anew.
    redis_token_expiration=600,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        LeanRadix(
            theme=rx.theme(
                accent_color="indigo",
                gray_color="slate",
                radius="medium",
                panel_background="solid",
                has_background=False,
            )
        )
    ],
    # Browsers that take Brotli (over HTTPS and from localhost) get a sixth less than by gzip.
    frontend_compression_formats=["brotli", "gzip"],
    disable_plugins=[rx.plugins.SitemapPlugin],  # a dashboard is for people who know its address
    **({"bun_path": _bun} if _bun.exists() else {}),
)
