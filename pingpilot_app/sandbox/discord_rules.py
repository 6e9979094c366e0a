"""What Discord's API refuses, checked as strictly as the real one does.

Limits: https://discord.com/developers/docs/resources/message#embed-object-embed-limits
They stand here a second time on purpose: the sandbox has to find the renderer's mistakes.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

Finding = tuple[str, str, str]  # path, code, words

CONTENT_MAX = 2_000
NONCE_MAX = 25
EMBEDS_MAX = 10
EMBED_TOTAL_MAX = 6_000
COLOR_MAX = 16_777_215
FIELDS_MAX = 25
ROWS_MAX = 5
BUTTONS_MAX = 5  # in a row
LABEL_MAX = 80
CUSTOM_ID_MAX = 100
_TEXTS = {"title": 256, "description": 4_096}


def findings(body: dict[str, Any]) -> list[Finding]:
    """Return what is wrong with the body of a new message."""
    return [*_content(body), *_nonce(body), *_embeds(body), *_components(body)]


def form_errors(found: list[Finding]) -> dict[str, Any]:
    """Return Discord's 50035 body."""
    errors: dict[str, Any] = {}
    for path, code, words in found:
        place = errors
        for part in path.split("."):
            place = place.setdefault(part, {})
        place.setdefault("_errors", []).append({"code": code, "message": words})
    return {"message": "Invalid Form Body", "code": 50035, "errors": errors}


def is_snowflake(value: object) -> bool:
    """Tell whether a value is an id: 15 to 20 digits in 64 bits."""
    text = value if isinstance(value, str) else ""
    return text.isascii() and text.isdigit() and 15 <= len(text) <= 20 and int(text) < 2**64


def _content(body: dict[str, Any]) -> Iterator[Finding]:
    content = body.get("content")
    if content is not None:
        yield from _text("content", content, CONTENT_MAX)


def _nonce(body: dict[str, Any]) -> Iterator[Finding]:
    nonce = body.get("nonce")
    if nonce is not None and len(str(nonce)) > NONCE_MAX:
        yield _too_long("nonce", NONCE_MAX)


def _embeds(body: dict[str, Any]) -> Iterator[Finding]:
    embeds = body.get("embeds") or []
    if not isinstance(embeds, list) or not all(isinstance(embed, dict) for embed in embeds):
        yield "embeds", "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
        return
    if len(embeds) > EMBEDS_MAX:
        yield "embeds", "BASE_TYPE_BAD_LENGTH", f"Must be {EMBEDS_MAX} or fewer in length."
    for number, embed in enumerate(embeds):
        yield from _embed(f"embeds.{number}", embed)
    if sum(map(_size, embeds)) > EMBED_TOTAL_MAX:
        words = f"Embed size exceeds maximum size of {EMBED_TOTAL_MAX}"
        yield "embeds", "MAX_EMBED_SIZE_EXCEEDED", words


def _components(body: dict[str, Any]) -> Iterator[Finding]:
    """Check rows of buttons: https://docs.discord.com/developers/components/reference."""
    rows = body.get("components") or []
    if not isinstance(rows, list) or len(rows) > ROWS_MAX:
        yield "components", "BASE_TYPE_BAD_LENGTH", f"Must be {ROWS_MAX} or fewer in length."
        return
    for number, row in enumerate(rows):
        inner = row.get("components") if isinstance(row, dict) and row.get("type") == 1 else None
        if not isinstance(inner, list) or not 1 <= len(inner) <= BUTTONS_MAX:
            yield (
                f"components.{number}",
                "BASE_TYPE_BAD_LENGTH",
                "Must be between 1 and 5 in length.",
            )
            continue
        for place, button in enumerate(inner):
            yield from _button(f"components.{number}.components.{place}", button)


def _button(path: str, button: Any) -> Iterator[Finding]:
    found = button if isinstance(button, dict) else {}
    if found.get("type") != 2 or found.get("style") not in (1, 2, 3, 4):
        yield f"{path}.type", "UNION_TYPE_CHOICES", "Value of field must be one of (2,)."
    yield from _text(f"{path}.label", found.get("label"), LABEL_MAX)
    yield from _text(f"{path}.custom_id", found.get("custom_id"), CUSTOM_ID_MAX)


def _embed(path: str, embed: dict[str, Any]) -> Iterator[Finding]:
    for name, limit in _TEXTS.items():
        if embed.get(name) is not None:
            yield from _text(f"{path}.{name}", embed[name], limit)
    footer = embed.get("footer")
    if isinstance(footer, dict):
        yield from _text(f"{path}.footer.text", footer.get("text"), 2_048)
    color = embed.get("color", 0)
    if type(color) is not int or not 0 <= color <= COLOR_MAX:
        words = f"int value should be less than or equal to {COLOR_MAX}."
        yield f"{path}.color", "NUMBER_TYPE_MAX", words
    yield from _timestamp(f"{path}.timestamp", embed.get("timestamp"))
    yield from _fields(f"{path}.fields", embed.get("fields") or [])


def _timestamp(path: str, value: Any) -> Iterator[Finding]:
    try:
        if value is not None:
            datetime.fromisoformat(value)
    except (TypeError, ValueError):
        yield path, "DATE_TIME_TYPE_PARSE", f"Could not parse {value!r:.80}. Should be ISO8601."


def _fields(path: str, fields: Any) -> Iterator[Finding]:
    if not isinstance(fields, list):
        yield path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType"
        return
    if len(fields) > FIELDS_MAX:
        yield path, "BASE_TYPE_MAX_LENGTH", f"Must be {FIELDS_MAX} or fewer in length."
    for number, field in enumerate(fields):
        found = field if isinstance(field, dict) else {}
        yield from _text(f"{path}.{number}.name", found.get("name"), 256)
        yield from _text(f"{path}.{number}.value", found.get("value"), 1_024)


def _text(path: str, value: Any, limit: int) -> Iterator[Finding]:
    if not isinstance(value, str) or not (value.strip() or path == "content"):
        yield path, "BASE_TYPE_REQUIRED", "This field is required"
    elif len(value.strip()) > limit:
        yield _too_long(path, limit)
    elif any("\ud800" <= character <= "\udfff" for character in value):
        yield path, "STRING_TYPE_CONVERT", "Could not interpret as string."


def _too_long(path: str, limit: int) -> Finding:
    return path, "BASE_TYPE_MAX_LENGTH", f"Must be {limit} or fewer in length."


def _size(embed: dict[str, Any]) -> int:
    texts = [embed.get("title"), embed.get("description")]
    footer = embed.get("footer")
    texts.append(footer.get("text") if isinstance(footer, dict) else None)
    fields = embed.get("fields")
    for field in fields if isinstance(fields, list) else []:
        if isinstance(field, dict):
            texts += [field.get("name"), field.get("value")]
    return sum(len(text.strip()) for text in texts if isinstance(text, str))
