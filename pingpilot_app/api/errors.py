"""The one place where an error becomes a status, a body and headers."""

import logging

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from pingpilot_app.api.request_id import request_id_of
from pingpilot_app.domain import errors
from pingpilot_app.domain.errors import Conflict, Invalid, LimitReached, PingPilotError, Unavailable
from pingpilot_app.domain.event import problem_of
from pingpilot_app.domain.rate_limit import RateLimit, rate_limit_headers

logger = logging.getLogger(__name__)

_STATUSES: dict[type[PingPilotError], int] = {
    errors.Unauthorized: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooSlow: 408,
    errors.TooLarge: 413,
    errors.WrongType: 415,
    errors.NotJson: 400,
    errors.Invalid: 422,
    errors.LimitReached: 429,
    errors.Unavailable: 503,
}

NOTHING_HERE = "There is nothing at this path. /docs lists every call of this API."

_HTTP_SENTENCES = {
    404: NOTHING_HERE,
    405: "This path does not take that method. /docs lists every call of this API.",
}


def add_handlers(app: FastAPI) -> None:
    """Have every error of the app answered as JSON.

    The handlers are coroutines: others would be sent through threads, and refusing would cost more
    than accepting.
    """
    app.add_exception_handler(PingPilotError, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    app.add_exception_handler(OperationalError, _no_database)
    app.add_exception_handler(Exception, _fault)


def status_of(error: PingPilotError) -> int:
    """Return the status of one of our errors."""
    return next(_STATUSES[kind] for kind in type(error).__mro__ if kind in _STATUSES)


def refusal(status: int, message: str) -> Response:
    """Return a refusal that is decided before the app is asked."""
    return JSONResponse({"message": message}, status, headers={"Connection": "close"})


async def _refused(_: Request, error: Exception) -> Response:
    assert isinstance(error, PingPilotError)  # noqa: S101  # registered for nothing else
    body: dict[str, object] = {"message": error.message}
    if isinstance(error, Invalid) and error.problems:
        body["errors"] = [{"path": p.path, "message": p.message} for p in error.problems]
    return JSONResponse(body, status_of(error), headers=_headers(error))


def _headers(error: PingPilotError) -> dict[str, str]:
    if isinstance(error, errors.Unauthorized):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, errors.TooLarge | errors.TooSlow):  # the rest of the body is not read
        return {"Connection": "close"}
    if not isinstance(error, Conflict | LimitReached | Unavailable) or error.retry_after is None:
        return {}
    headers = {"Retry-After": str(error.retry_after)}
    if isinstance(error, LimitReached) and error.limit is not None:
        used_up = RateLimit(error.policy, error.limit, error.window, 0, error.retry_after)
        headers |= rate_limit_headers([used_up])
    return headers


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for nothing else
    problems = tuple(problem_of(found, skip=1) for found in error.errors())
    return await _refused(request, Invalid(problems[0].message, problems))


async def _http(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for nothing else
    message = _HTTP_SENTENCES.get(error.status_code, str(error.detail))
    return JSONResponse({"message": message}, error.status_code, headers=error.headers)


async def _gone(_: Request, __: Exception) -> Response:
    """Answer a client that left while sending; nobody reads it, but it is no fault of ours."""
    return JSONResponse({"message": "The request ended before its body did"}, 400)


async def _no_database(request: Request, error: Exception) -> Response:
    logger.error("the database cannot be read", exc_info=error)
    return await _refused(request, Unavailable("The database cannot be reached now. Try again.", 5))


async def _fault(request: Request, error: Exception) -> Response:
    # It passes by what names the answers: that is within what catches faults.
    request_id = request_id_of(request.scope)
    logger.error("request %s failed", request_id, exc_info=error)
    headers = {"X-Request-Id": request_id}
    return JSONResponse({"message": "Internal server error"}, 500, headers=headers)
