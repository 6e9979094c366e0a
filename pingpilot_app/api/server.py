"""The API served alone by uvicorn."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from pingpilot_app.api.app import create_api
from pingpilot_app.api.connection import LimitedConnection
from pingpilot_app.delivery.closing import set_on_signal
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.logs import set_up_logging
from pingpilot_app.serving import CONNECTIONS, allow_connections
from pingpilot_app.settings import Settings


def run_api(settings: Settings) -> None:
    """Serve until stopped."""
    set_up_logging(settings)
    allow_connections()
    uvicorn.run(
        server_app(Instance(settings)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=LimitedConnection,
        ws="none",  # the API has no websockets
        timeout_keep_alive=settings.client_timeout,
        backlog=CONNECTIONS,
        proxy_headers=False,  # domain/client.py reads them, as far as TRUSTED_PROXY_HOPS says
        server_header=False,
        access_log=False,
        log_level="warning",
        log_config=None,  # its lines pass through ours
    )


def server_app(instance: Instance) -> FastAPI:
    """Return the API that starts and stops `instance` with itself."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await instance.start()
        set_on_signal(instance.closing)
        gc.freeze()  # collecting what lives for good gave pauses of 60 ms
        try:
            yield
        finally:
            await instance.stop()

    return create_api(instance, lifespan)
