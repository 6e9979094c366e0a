"""`POST /api/v1/event`, the hot path.

A plain Starlette route: FastAPI's own handling would halve its throughput. Its part of
`/openapi.json` comes from the same pydantic model that validates it (`api/openapi.py`).
"""

import re
from functools import partial

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pingpilot_app.api.auth import authorize, limit_headers
from pingpilot_app.api.body import read_body
from pingpilot_app.delivery.accept import Request
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.delivery.outcome import wait_for_outcome
from pingpilot_app.domain.api_key import Scope
from pingpilot_app.domain.errors import Invalid, Problem
from pingpilot_app.domain.event import DeliveryStatus, settled
from pingpilot_app.storage.acceptance import Accepted

PATH = "/api/v1/event"

_ACCEPTED = "Event processed successfully"
_FAILED = "Error processing event"
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,4})", re.IGNORECASE)
_WAIT_MAX = 30  # seconds


def event_route(instance: Instance) -> Route:
    """Return the route that accepts events for `instance`."""

    async def post_event(request: HttpRequest) -> Response:
        entry = await authorize(instance, request, Scope.EVENTS_WRITE)
        accepted = await instance.acceptor.accept(
            entry, Request(partial(read_body, request), _idempotency_key(request))
        )
        headers = _headers(accepted) | limit_headers(instance, entry)
        wait = _wanted_wait(request)
        if wait is None:
            return _answer(accepted, headers)
        statuses = await wait_for_outcome(instance, entry.account_id, accepted.event_id, wait)
        return _answer_outcome(accepted, statuses, headers | {"Preference-Applied": f"wait={wait}"})

    return Route(PATH, post_event, methods=["POST"])


def _idempotency_key(request: HttpRequest) -> str | None:
    key = request.headers.get("idempotency-key")
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        sentence = "Idempotency-Key must be 1 to 255 visible ASCII characters"
        raise Invalid(sentence, (Problem("Idempotency-Key", sentence),))
    return key


def _wanted_wait(request: HttpRequest) -> int | None:
    """Return the seconds of `Prefer: wait=N`; one that cannot be kept is ignored (RFC 7240)."""
    prefer = request.headers.get("prefer")
    found = _WAIT.search(prefer) if prefer else None
    wait = int(found.group(1)) if found else 0
    return min(wait, _WAIT_MAX) or None


def _headers(accepted: Accepted) -> dict[str, str]:
    return {"Idempotent-Replayed": "true"} if accepted.replayed else {}


def _answer(accepted: Accepted, headers: dict[str, str]) -> Response:
    body = {"message": _ACCEPTED, "eventId": accepted.event_id}
    return JSONResponse(body, headers=headers)


def _answer_outcome(
    accepted: Accepted, statuses: list[DeliveryStatus], headers: dict[str, str]
) -> Response:
    if set(statuses) == {DeliveryStatus.FAILED}:
        body = {"message": _FAILED, "eventId": accepted.event_id}
        return JSONResponse(body, 500, headers=headers)
    body = {
        "message": _ACCEPTED,
        "eventId": accepted.event_id,
        "deliveryStatus": settled(statuses),
    }
    return JSONResponse(body, headers=headers)
