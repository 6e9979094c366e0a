"""Whether this process lives, and whether it can do its work."""

import asyncio

from fastapi import APIRouter
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse

from pingpilot_app.delivery.instance import Instance


def health_routes(instance: Instance) -> APIRouter:
    """Return the routes that tell how `instance` is."""
    router = APIRouter(tags=["Health"])
    pulse = _Pulse(instance)

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz", summary="The process lives")
    async def healthz() -> dict[str, str]:
        return {"status": "alive"}

    @router.head("/readyz", include_in_schema=False)
    @router.get(
        "/readyz",
        summary="Database reachable and worker alive",
        responses={503: {"description": "A part does not work; the body says which"}},
    )
    async def readyz() -> JSONResponse:
        parts = await pulse.parts()
        ready = all(parts.values())
        body = {"status": "ready" if ready else "not ready"} | {
            part: "ok" if works else "not working" for part, works in parts.items()
        }
        return JSONResponse(body, 200 if ready else 503)

    return router


class _Pulse:
    """Looks how the parts are. However many ask at once, the database is asked one question."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._asking: asyncio.Future[bool] | None = None

    async def parts(self) -> dict[str, bool]:
        """Return for each part whether it works."""
        instance = self._instance
        if instance.started_at is None:
            return {"started": False}
        parts = {"database": await self._database(), "writer": instance.writer.alive}
        if instance.worker is not None:
            parts["worker"] = instance.worker.alive
        return parts

    async def _database(self) -> bool:
        if self._asking is None:
            self._asking = asyncio.ensure_future(_asked(self._instance))
            self._asking.add_done_callback(self._forget)
        return await asyncio.shield(self._asking)

    def _forget(self, _: object) -> None:
        self._asking = None


async def _asked(instance: Instance) -> bool:
    try:
        return await instance.database.read(_answers)
    except DBAPIError:
        return False


def _answers(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT 1").scalar_one() == 1)
