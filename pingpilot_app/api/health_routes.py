"""Whether this process lives, and whether it can do its work."""

from fastapi import APIRouter
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse

from pingpilot_app.delivery.instance import Instance


def health_routes(instance: Instance) -> APIRouter:
    """Return the routes that tell how `instance` is."""
    router = APIRouter(tags=["Health"])

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
        parts = await _parts(instance)
        ready = all(parts.values())
        body = {"status": "ready" if ready else "not ready"} | {
            part: "ok" if works else "not working" for part, works in parts.items()
        }
        return JSONResponse(body, 200 if ready else 503)

    return router


async def _parts(instance: Instance) -> dict[str, bool]:
    if instance.started_at is None:
        return {"started": False}
    parts = {"database": await _database(instance), "writer": instance.writer.alive}
    if instance.worker is not None:
        parts["worker"] = instance.worker.alive
    return parts


async def _database(instance: Instance) -> bool:
    try:
        return await instance.database.read(_answers)
    except DBAPIError:
        return False


def _answers(connection: Connection) -> bool:
    return bool(connection.exec_driver_sql("SELECT 1").scalar_one() == 1)
