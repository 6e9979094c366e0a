"""Events and deliveries: what comes in, and the states they go through."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic import ValidationError as PydanticError
from pydantic_core import ErrorDetails, PydanticCustomError

from pingpilot_app.domain.category import NAME_MAX, NAME_PATTERN
from pingpilot_app.domain.document import MEMBERS_MAX, load_document, shortened
from pingpilot_app.domain.errors import Invalid, Problem

BODY_MAX = 64 * 1024  # bytes
DESCRIPTION_MAX = 4_000
FIELD_NAME_MAX = 256
FIELD_VALUE_MAX = 8_000
FIELDS_MAX = MEMBERS_MAX
INTEGER_MAX = 2**63 - 1
LEGAL_PATTERN = r"^[^\x00]*$"  # text that PostgreSQL takes, too
CURSOR_PATTERN = r"^evt_[0-9a-z]{26}$"

FieldValue = str | int | float | bool


class DeliveryStatus(StrEnum):
    """The state of one event on its way to one destination."""

    PENDING = "PENDING"  # not tried yet, under way, or waiting for the next try
    DELIVERED = "DELIVERED"  # the provider took it
    FAILED = "FAILED"  # given up: permanent, or the last try failed


class EventStatus(StrEnum):
    """The state of an event, drawn from its deliveries."""

    PENDING = "PENDING"  # at least one delivery is not final
    DELIVERED = "DELIVERED"  # every delivery arrived
    FAILED = "FAILED"  # every delivery is final and at least one did not arrive


class Outcome(StrEnum):
    """How one attempt ended."""

    DELIVERED = "DELIVERED"  # the provider took it
    TRANSIENT = "TRANSIENT"  # it may work later
    PERMANENT = "PERMANENT"  # it will never work this way


def settled(deliveries: list[DeliveryStatus]) -> EventStatus:
    """Return the event's status for the statuses of its deliveries."""
    if DeliveryStatus.PENDING in deliveries:
        return EventStatus.PENDING
    if DeliveryStatus.FAILED in deliveries:
        return EventStatus.FAILED
    return EventStatus.DELIVERED


def default_description(category: str) -> str:
    """Return the description of an event that came without one."""
    return f"A new {category} event has occurred!"


def _legal_text(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("nul", "must not contain the NUL character")
    return text


def _description(text: str) -> str | None:
    return _legal_text(text) if text.strip() else None


def _field_value(value: object) -> FieldValue:
    if isinstance(value, str):
        if len(value) > FIELD_VALUE_MAX:
            raise PydanticCustomError("long", f"must be at most {FIELD_VALUE_MAX:,} characters")
        return _legal_text(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -INTEGER_MAX <= value <= INTEGER_MAX:
            raise PydanticCustomError("big", "must be within ±(2^63−1)")
        return value
    if isinstance(value, float):
        if value - value != 0:  # infinite: JSON has no NaN, but 1e999 overflows
            raise PydanticCustomError("infinite", "must be a finite number")
        return value
    raise PydanticCustomError("kind", "must be a string, a number or true/false")


class EventInput(BaseModel):
    """The body of `POST /api/v1/event`."""

    model_config = ConfigDict(extra="forbid", strict=True, title="Event")

    category: Annotated[
        str,
        Field(
            pattern=NAME_PATTERN,
            min_length=1,
            max_length=NAME_MAX,
            description="Name of a category of the account, in upper or lower case.",
            examples=["bug"],
        ),
    ]
    description: (
        Annotated[
            str,
            Field(max_length=DESCRIPTION_MAX, json_schema_extra={"pattern": LEGAL_PATTERN}),
            AfterValidator(_description),
        ]
        | None
    ) = Field(
        default=None,
        description="What happened. Blank or absent: `A new {category} event has occurred!`",
        examples=["Checkout fails for carts over 100 items"],
    )
    fields: (
        Annotated[
            dict[
                Annotated[
                    str,
                    Field(min_length=1, max_length=FIELD_NAME_MAX),
                    AfterValidator(_legal_text),
                ],
                Annotated[
                    FieldValue,
                    PlainValidator(_field_value),
                    WithJsonSchema(
                        {
                            "anyOf": [
                                {
                                    "type": "string",
                                    "maxLength": FIELD_VALUE_MAX,
                                    "pattern": LEGAL_PATTERN,
                                },
                                {
                                    "type": "integer",
                                    "minimum": -INTEGER_MAX,
                                    "maximum": INTEGER_MAX,
                                },
                                {"type": "number"},
                                {"type": "boolean"},
                            ]
                        }
                    ),
                ],
            ],
            Field(
                max_length=FIELDS_MAX,
                json_schema_extra={
                    "propertyNames": {
                        "minLength": 1,
                        "maxLength": FIELD_NAME_MAX,
                        "pattern": LEGAL_PATTERN,
                    }
                },
            ),
        ]
        | None
    ) = Field(
        default=None,
        description="Flat details, shown in this order.",
        examples=[{"service": "checkout", "items": 101, "amount": 99.99, "retry": True}],
    )


M = TypeVar("M", bound=BaseModel)


def parse_event(body: bytes) -> EventInput:
    """Return the event that `body` (JSON) describes. Raises NotJson, Invalid."""
    return parse_json(body, EventInput)


def parse_json(body: bytes, model: type[M]) -> M:
    """Return what `body` describes.

    Raises NotJson where it is no JSON (NaN and Infinity are none), Invalid where it breaks a rule.
    """
    document = load_document(body)
    try:
        return model.model_validate(document)
    except PydanticError as exc:
        problems = tuple(problem_of(error) for error in exc.errors(include_url=False))
        raise Invalid(problems[0].message, problems) from exc


_NO_TIME = "must be a time such as 2026-03-06T10:30:00Z (in a URL, + is written %2B)"
_SENTENCES = {
    "missing": "is required",
    "string_type": "must be a string",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length:,} characters",
    "string_pattern_mismatch": "has characters that are not allowed here",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be one of {expected}",
    "int_parsing": "must be a whole number",
    "datetime_from_date_parsing": _NO_TIME,
    "datetime_parsing": _NO_TIME,
    "datetime_type": _NO_TIME,
    "dict_type": "must be an object",
    "too_long": "must have at most {max_length} entries",
    "extra_forbidden": "is not a known key",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
    "list_type": "must be a list",
}

_PATTERNS = {
    NAME_PATTERN: "may only contain letters, digits and hyphens (A-Z a-z 0-9 -)",
    CURSOR_PATTERN: "must be the nextCursor of an earlier answer",
    LEGAL_PATTERN: "must not contain the NUL character",
}


def problem_of(error: ErrorDetails, skip: int = 0) -> Problem:
    """Turn one of pydantic's findings into a sentence that names the field.

    `skip` leading parts of its place are left out, such as FastAPI's `query`.
    """
    path = ".".join(str(part) for part in error["loc"][skip:] if part != "[key]")
    if error["type"] == "model_type":
        return Problem("", "The body must be a JSON object")
    sentence = _SENTENCES.get(error["type"])
    words = sentence.format(**error.get("ctx", {})) if sentence else error["msg"]
    if error["type"] == "string_pattern_mismatch":
        words = _PATTERNS.get(error["ctx"]["pattern"], words)
    if error["type"] == "string_too_short" and error["loc"][-1] == "[key]":
        return Problem(path, "fields must not have an empty key")
    return Problem(path, f"{shortened(path)} {words}")
