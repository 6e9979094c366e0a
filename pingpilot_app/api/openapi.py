"""The API's description: FastAPI's own, and the event route, which FastAPI does not see."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pingpilot_app.api.event_route import PATH
from pingpilot_app.domain.event import EventInput

_DESCRIPTION = """Send events, read what became of them, manage categories.

Every call takes an API key: `Authorization: Bearer pk_…`. Make one in the dashboard under Keys.
"""

_ERRORS = {
    "400": "The body is not JSON",
    "401": "No valid API key",
    "403": "The key lacks the scope, or a channel is not set up",
    "404": "Nothing of that name in the account",
    "408": "The body did not arrive within 8 seconds",
    "409": "Conflict: the name is taken, or a request with this Idempotency-Key is under way",
    "413": "The body is larger than 64 KiB",
    "415": "The body is declared as something else than JSON",
    "422": "The body or a parameter breaks a rule; `errors` lists all",
    "429": "Monthly quota or burst limit reached; see `Retry-After`",
    "500": "A fault of ours (`X-Request-Id`); with `Prefer: wait`: every channel failed",
    "503": "Cannot store the event now; see `Retry-After`",
}

_ERROR_SCHEMA = {
    "title": "Error",
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "eventId": {"type": "string"},
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {})["Error"] = _ERROR_SCHEMA
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["paths"] = {PATH: {"post": _post_event()}} | document["paths"]
        for path, calls in document["paths"].items():
            if path.startswith("/api/"):
                _add_errors(calls)
        app.openapi_schema = document
    return app.openapi_schema


def _add_errors(calls: dict[str, Any]) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for call in calls.values():
        call["security"] = [{"key": []}]
        for status, description in _ERRORS.items():
            call["responses"][status] = {"description": description, "content": content}


def _post_event() -> dict[str, Any]:
    accepted = {
        "type": "object",
        "required": ["message", "eventId"],
        "properties": {
            "message": {"const": "Event processed successfully"},
            "eventId": {"type": "string", "pattern": "^evt_[0-9a-z]{26}$"},
            "deliveryStatus": {"enum": ["DELIVERED", "FAILED", "PENDING"]},
        },
    }
    return {
        "tags": ["Events"],
        "summary": "Send an event",
        "description": "200 means that the event is stored and will be delivered.",
        "operationId": "post_event",
        "parameters": [
            _header("Idempotency-Key", "Makes a repeat safe for 7 days.", "^[!-~]{1,255}$"),
            _header("Prefer", "`wait=N` waits up to N seconds (1 to 30) for the outcome."),
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": EventInput.model_json_schema()}},
        },
        "responses": {
            "200": {
                "description": "Stored; delivery has started",
                "content": {"application/json": {"schema": accepted}},
            }
        },
    }


def _header(name: str, description: str, pattern: str | None = None) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "description": description, "schema": schema}
