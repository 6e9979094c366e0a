"""A JSON document as it came in: read strictly, and not larger than anything asks for."""

import json
from typing import Any

from pydantic_core import from_json

from pingpilot_app.domain.errors import Invalid, NotJson, Problem

MEMBERS_MAX = 100  # of one object; reading thousands only to refuse them costs milliseconds
PATH_SHOWN = 80  # characters of a field's name that an error repeats

_NO_JSON = "Invalid JSON request body"
_TOO_LONG = "A number in the body has too many digits"


class _Members(list[tuple[str, Any]]):
    """The members of an object as they were written, repeated ones too."""


def load_document(body: bytes) -> object:
    """Return what `body` says.

    Raises NotJson (NaN and Infinity, a byte order mark, more than 200 levels), and Invalid where
    an object names something twice or has more than 100 members.
    """
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError as exc:
        if "number out of range" in str(exc):
            raise Invalid(_TOO_LONG, (Problem("", _TOO_LONG),)) from exc
        raise NotJson(_NO_JSON) from exc
    members = _count_members(document)
    if members > MEMBERS_MAX:
        _check_sizes(document)
    # Each member has one colon. Where there are more, they are in texts or members got lost, and
    # only then is the slower look worth its time (5 to 20 µs).
    if members != body.count(b":"):
        _check_repeats(body)
    return document


def shortened(path: str) -> str:
    """Return the path of a field as a sentence names it."""
    return path if len(path) <= PATH_SHOWN else path[:PATH_SHOWN] + "…"


def _count_members(document: object) -> int:
    if type(document) is not dict:
        return 0
    return len(document) + sum(len(one) for one in document.values() if type(one) is dict)


def _check_sizes(document: object) -> None:
    assert isinstance(document, dict)  # noqa: S101  # nothing else has members
    for path, one in (("", document), *document.items()):
        if type(one) is dict and len(one) > MEMBERS_MAX:
            named = shortened(path) or "The body"
            sentence = f"{named} must have at most {MEMBERS_MAX} entries"
            raise Invalid(sentence, (Problem(path, sentence),))


def _check_repeats(body: bytes) -> None:
    """Refuse an object that names something twice: the parser keeps the last and says nothing."""
    document = json.loads(body.decode(), object_pairs_hook=_Members)
    if not isinstance(document, _Members):
        return  # no call takes a list or a lone value
    paths = _repeats("", document)
    for name, one in document:
        if isinstance(one, _Members):
            paths += _repeats(f"{name}.", one)
    if paths:
        problems = tuple(
            Problem(path, f"{shortened(path)} is given more than once. Send it once.")
            for path in dict.fromkeys(paths)
        )
        raise Invalid(problems[0].message, problems)


def _repeats(prefix: str, members: _Members) -> list[str]:
    seen: set[str] = set()
    paths = []
    for name, _ in members:
        if name in seen:
            paths.append(prefix + name)
        seen.add(name)
    return paths
