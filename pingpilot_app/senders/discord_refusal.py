"""What a refusal by Discord means: first by the code in the JSON, then by the HTTP status.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from collections.abc import Iterator
from typing import Any

from pingpilot_app.senders.http_exchange import Answer, wait_seconds
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError

INVALID_FORM = "50035"  # a part of the message breaks a rule
NO_CHANNEL = frozenset({"50001", "10003"})  # missing access, unknown channel: the DM is gone

_TOO_FAST = frozenset({"20028", "40003", "130000"})
_BAD_TOKEN = frozenset({"40001", "50014"})
_UNREACHABLE = frozenset(
    {
        "50007",  # cannot send messages to this user: DMs off, or no server in common
        "50278",  # no mutual guilds
        "10013",  # unknown user
        "50033",  # invalid recipients
    }
)
_DEFAULT_WAIT = 5.0  # seconds, where Discord does not say how long


def refusal(answer: Answer, token: str) -> SendError:
    """Return the error for an answer that is not 2xx."""
    code = _code(answer)
    reason = clean_reason(_words(answer), token)
    if answer.status == 429 or code in _TOO_FAST:
        return SendError(
            reason, permanent=False, retry_after=_wait(answer), scope=_reach(answer), code=code
        )
    if answer.status == 401 or code in _BAD_TOKEN:
        return SendError(reason, permanent=False, scope=Scope.PROVIDER, code=code)
    if code in _UNREACHABLE:
        return SendError(reason, permanent=True, scope=Scope.DESTINATION, code=code)
    return SendError(reason, permanent=_final(answer.status, code), code=code)


def _final(status: int, code: str) -> bool:
    # A 4xx without a code is not from Discord's API but from something in front of it.
    return 400 <= status < 500 and code != str(status) and code not in NO_CHANNEL


def _code(answer: Answer) -> str:
    code = answer.document.get("code") if answer.document else None
    return str(code) if type(code) is int and code else str(answer.status)


def _words(answer: Answer) -> str:
    document = answer.document or {}
    message = document.get("message")
    if not isinstance(message, str) or not message:
        return f"Discord answered {answer.status}"
    detail = next(_details(document.get("errors"), ()), "")
    return f"{message} ({detail})" if detail else message


def _details(errors: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Yield `embeds.0.title: …` for each finding in the nested `errors` of a 50035."""
    if not isinstance(errors, dict) or len(path) > 8:
        return
    found = errors.get("_errors")
    for error in found if isinstance(found, list) else ():
        if isinstance(error, dict):
            yield f"{'.'.join(path)}: {error.get('message')}"
    for key, inner in errors.items():
        if key != "_errors":
            yield from _details(inner, (*path, str(key)))


def _wait(answer: Answer) -> float:
    asked = (answer.document or {}).get("retry_after")
    for value in (asked, answer.headers.get("Retry-After")):
        if (wait := wait_seconds(value)) is not None:
            return wait
    return _DEFAULT_WAIT


def _reach(answer: Answer) -> Scope:
    # Without Discord's JSON it is Cloudflare, which shuts out the whole address.
    everything = answer.document is None or answer.document.get("global") is True
    return Scope.PROVIDER if everything else Scope.DESTINATION
