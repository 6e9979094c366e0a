"""Reflex's configuration, drawn from PingPilot's settings."""

import sys
from pathlib import Path

import reflex as rx

from pingpilot_app import settings

_settings = settings.load()
_bun = Path(sys.executable).with_name("bun")

config = rx.Config(
    app_name="pingpilot_app",
    frontend_port=_settings.port,
    backend_port=_settings.port,
    backend_host=_settings.host,
    # The browser talks to the address it sees, which is the proxy's where there is one.
    api_url=_settings.public_url,
    deploy_url=_settings.public_url,
    # A list that names our own origin: with any other page's, the websocket is refused.
    cors_allowed_origins=[_settings.public_url],
    # Kept in memory: a new key is part of the state while its dialog is open, and the default
    # would write that to a file.
    state_manager_mode=rx.constants.StateManagerMode.MEMORY,
    telemetry_enabled=False,
    show_built_with_reflex=False,
    plugins=[
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(
                accent_color="indigo",
                gray_color="slate",
                radius="medium",
                panel_background="solid",
                has_background=False,
            )
        )
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],  # a dashboard is for people who know its address
    **({"bun_path": _bun} if _bun.exists() else {}),
)
