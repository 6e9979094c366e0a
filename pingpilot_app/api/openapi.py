"""The API's description: FastAPI's own, and the plain routes, which FastAPI does not see."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from pingpilot_app.api import stream_route
from pingpilot_app.api.event_route import PATH
from pingpilot_app.domain.event import EventInput

_DESCRIPTION = """Send events, read what became of them, manage categories.

Every call takes an API key: `Authorization: Bearer pk_…`. Make one in the dashboard under Keys.

Bodies are JSON in UTF-8, at most 64 KiB, not compressed; an object may name nothing twice. The URL
may have 8 KiB, the headers 16 KiB. A query parameter that a call does not know is refused, except
by `POST /api/v1/event`, which ignores its query.
"""

_STREAM = """Server-Sent Events: `event.created` for each new event, once; `event.updated` when its
status, a delivery or who is on it has changed, or somebody has commented. `data` is the event as
`GET /api/v1/events` has it, as it is when it is sent: changes that follow each other closely come
as one. Without an id, the stream begins now. With `Last-Event-ID`, it goes on behind that message
and leaves out nothing; messages are known for 7 days. A comment comes every 15 seconds.
"""

_ERRORS = {
    "400": "The body is not JSON, or a header such as Authorization is given twice",
    "401": "No valid API key",
    "403": "The key lacks the scope or may not be used from there, or a channel is not set up",
    "404": "Nothing of that name in the account",
    "408": "The body did not arrive within 8 seconds",
    "409": "The name is taken, a request with this Idempotency-Key is under way, or there is "
    "nothing to send again",
    "410": "The Last-Event-ID is older than what is kept of changes, or not of this instance",
    "413": "The body is larger than 64 KiB",
    "414": "The URL is longer than 8 KiB",
    "415": "The body is declared as something else than JSON, or as compressed",
    "422": "The body or a parameter breaks a rule; `errors` lists all",
    "429": "Quota, plan or burst limit reached; see `Retry-After`",
    "431": "The headers are larger than 16 KiB",
    "500": "A fault of ours (`X-Request-Id`); with `Prefer: wait`: every channel failed",
    "503": "Cannot store or read now; see `Retry-After`",
}

_ALWAYS = frozenset({"400", "401", "403", "414", "422", "429", "431", "500", "503"})
_WITH_BODY = frozenset({"408", "413", "415"})
# What else a call may answer.
_SOMETIMES = {
    ("post", PATH): {"404", "409"},
    ("get", "/api/v1/events"): {"404"},
    ("get", stream_route.PATH): {"410"},
    ("get", "/api/v1/events/{id}"): {"404"},
    ("post", "/api/v1/events/{id}/replay"): {"404", "409"},
    ("post", "/api/v1/categories"): {"409"},
    ("patch", "/api/v1/categories/{name}"): {"404", "409"},
    ("delete", "/api/v1/categories/{name}"): {"404"},
}

_TEXT = {"type": "string"}
_SECONDS = {"type": "string", "pattern": "^[0-9]+$", "description": "seconds"}


def _sent(description: str, schema: dict[str, Any], *, always: bool = False) -> dict[str, Any]:
    return {"description": description, "schema": schema, "required": always}


_ID = {"X-Request-Id": _sent("Names the request in the log of the server", _TEXT, always=True)}
_LEFT = {
    "RateLimit": _sent("What is left of each limit, where the plan has some", _TEXT),
    "RateLimit-Policy": _sent("The limits", _TEXT),
}
_HEADERS = {
    "401": {"WWW-Authenticate": _sent("How to authenticate", {"const": "Bearer"}, always=True)},
    "409": {"Retry-After": _sent("Where waiting helps", _SECONDS)},
    "429": {
        "Retry-After": _sent("When to try again", _SECONDS, always=True),
        **_LEFT,
    },
    "503": {"Retry-After": _sent("When to try again", _SECONDS, always=True)},
}

_ERROR_SCHEMA = {
    "title": "Error",
    "type": "object",
    "required": ["message"],
    "properties": {
        "message": {"type": "string", "minLength": 1},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message"],
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
            },
        },
        "eventId": {"type": "string", "pattern": "^evt_[0-9a-z]{26}$"},
    },
}


def describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes
        )
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Error"] = _ERROR_SCHEMA
        document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        plain = {PATH: {"post": _post_event()}, stream_route.PATH: {"get": _get_stream()}}
        document["paths"] = plain | document["paths"]
        for path, calls in document["paths"].items():
            if path.startswith("/api/"):
                _add_errors(path, calls)
        app.openapi_schema = document
    return app.openapi_schema


def _add_errors(path: str, calls: dict[str, Any]) -> None:
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    for method, call in calls.items():
        call["security"] = [{"key": []}]
        for done in call["responses"].values():
            done["headers"] = done.get("headers", {}) | _ID | _LEFT
        statuses = _ALWAYS | _SOMETIMES.get((method, path), set())
        if "requestBody" in call:
            statuses |= _WITH_BODY
        for status in sorted(statuses):
            call["responses"][status] = {
                "description": _ERRORS[status],
                "content": content,
                "headers": _ID | _HEADERS.get(status, {}),
            }


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
    replayed = _sent("A repeat with the same Idempotency-Key", {"const": "true"})
    applied = _sent("With `Prefer: wait=N`", {"type": "string", "pattern": "^wait=[0-9]+$"})
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
                "headers": {"Idempotent-Replayed": replayed, "Preference-Applied": applied},
                "content": {"application/json": {"schema": accepted}},
            }
        },
    }


def _get_stream() -> dict[str, Any]:
    given = "The id of the last message that was received: go on behind it."
    parameters = [
        _header(stream_route.ID_HEADER, given, stream_route.ID_PATTERN),
        _header(stream_route.ID_PARAMETER, "The same, for clients that cannot send headers.")
        | {"in": "query", "schema": {"type": "string", "pattern": stream_route.ID_PATTERN}},
    ]
    return {
        "tags": ["Events"],
        "summary": "What happens to events, as it happens",
        "description": _STREAM,
        "operationId": "get_stream",
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "Messages until the connection ends",
                "content": {"text/event-stream": {"schema": {"type": "string"}}},
            }
        },
    }


def _header(name: str, description: str, pattern: str | None = None) -> dict[str, Any]:
    schema = {"type": "string"} | ({"pattern": pattern} if pattern else {})
    return {"name": name, "in": "header", "description": description, "schema": schema}
