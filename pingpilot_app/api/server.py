"""The API served alone by uvicorn."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from pingpilot_app.api.app import create_api
from pingpilot_app.delivery.closing import set_on_signal
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.logs import set_up_logging
from pingpilot_app.settings import Settings


def run_api(settings: Settings) -> None:
    """Serve until stopped."""
    set_up_logging(settings)
    uvicorn.run(
        server_app(Instance(settings)),
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        proxy_headers=False,  # TRUSTED_PROXY_HOPS decides; uvicorn would believe any local caller
        access_log=False,
        log_level="warning",
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
