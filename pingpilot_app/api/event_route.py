"""`POST /api/v1/event`, the hot path.

A plain Starlette route: FastAPI's own handling would halve its throughput. Its part of
`/openapi.json` comes from the same pydantic model that validates it (`api/openapi.py`).
"""

import re
from functools import partial

from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pingpilot_app.api.auth import bearer_key
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
        entry = await instance.acceptor.authorize(bearer_key(request), Scope.EVENTS_WRITE)
        accepted = await instance.acceptor.accept(
            entry, Request(partial(read_body, request), _idempotency_key(request))
        )
        wait = _wanted_wait(request)
        if wait is None:
            return _answer(accepted)
        statuses = await wait_for_outcome(instance, entry.account_id, accepted.event_id, wait)
        return _answer_outcome(accepted, statuses, wait)

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


def _answer(accepted: Accepted) -> Response:
    body = {"message": _ACCEPTED, "eventId": accepted.event_id}
    return JSONResponse(body, headers=_headers(accepted))


def _answer_outcome(accepted: Accepted, statuses: list[DeliveryStatus], wait: int) -> Response:
    headers = _headers(accepted) | {"Preference-Applied": f"wait={wait}"}
    if set(statuses) == {DeliveryStatus.FAILED}:
        body = {"message": _FAILED, "eventId": accepted.event_id}
        return JSONResponse(body, 500, headers=headers)
    body = {
        "message": _ACCEPTED,
        "eventId": accepted.event_id,
        "deliveryStatus": settled(statuses),
    }
    return JSONResponse(body, headers=headers)
