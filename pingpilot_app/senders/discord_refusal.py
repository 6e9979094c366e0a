"""What a refusal by Discord means: first by the code in the JSON, then by the HTTP status.

Codes: https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
"""

from collections.abc import Iterator
from typing import Any

from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.http_exchange import Answer, HttpApi, wait_seconds
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError

TOO_MANY_OPENINGS = "40003"  # of direct messages, by this bot
INVALID_FORM = "50035"  # a part of the message breaks a rule
NO_CHANNEL = frozenset({"50001", "10003"})  # missing access, unknown channel: the DM is gone

# Code → what it means, whether for good, how far it reaches.
_BY_CODE: dict[str, tuple[Failure, bool, Scope]] = {
    "40001": (Failure.BAD_CREDENTIALS, False, Scope.PROVIDER),
    "50014": (Failure.BAD_CREDENTIALS, False, Scope.PROVIDER),
    # Cannot send messages to this user: DMs off, blocked, or no server in common.
    "50007": (Failure.DM_CLOSED, True, Scope.DESTINATION),
    "50278": (Failure.DM_CLOSED, True, Scope.DESTINATION),  # no mutual guilds
    # The bot is quarantined: for now it may write only to those it has written to before.
    "20026": (Failure.DM_CLOSED, False, Scope.DESTINATION),
    "10013": (Failure.UNKNOWN_PERSON, True, Scope.DESTINATION),  # unknown user
    "50033": (Failure.UNKNOWN_PERSON, True, Scope.DESTINATION),  # invalid recipients
    "50001": (Failure.DM_GONE, False, Scope.DESTINATION),
    "10003": (Failure.DM_GONE, False, Scope.DESTINATION),
    INVALID_FORM: (Failure.FORM_REFUSED, True, Scope.MESSAGE),
    # Cloudflare, in front of Discord, blocks us. It says nothing about the message.
    "40333": (Failure.NOT_ITS_API, False, Scope.PROVIDER),
}
_TOO_FAST = frozenset({"20028", TOO_MANY_OPENINGS, "130000"})
_DEFAULT_WAIT = 5.0  # seconds, where Discord does not say how long


def refusal(answer: Answer, api: HttpApi, token: str) -> SendError:
    """Return the error for an answer that is not 2xx."""
    code = _code(answer)
    if code in _TOO_FAST or (code not in _BY_CODE and answer.status == 429):
        return SendError(
            _reason(answer, token),
            failure=Failure.RATE_LIMITED,
            permanent=False,
            retry_after=_wait(answer),
            scope=_reach(answer),
            code=code,
        )
    meaning = _BY_CODE.get(code) or _by_status(answer, code)
    if meaning is None:
        return api.not_its_api(answer)
    failure, permanent, scope = meaning
    return SendError(
        _reason(answer, token),
        failure=failure,
        permanent=permanent,
        scope=scope,
        code=code,
        possibly_delivered=failure is Failure.PROVIDER_ERROR and answer.possibly_delivered,
    )


def _by_status(answer: Answer, code: str) -> tuple[Failure, bool, Scope] | None:
    """Return what the status means where the code says nothing, None if it is not the API's."""
    if answer.status >= 500:
        return Failure.PROVIDER_ERROR, False, Scope.MESSAGE
    if answer.status == 401:
        return Failure.BAD_CREDENTIALS, False, Scope.PROVIDER
    # A 4xx without a code is not from Discord's API but from something in front of it, or
    # from an address where the API is not.
    if answer.status >= 400 and (code != str(answer.status) or _is_general(answer)):
        return Failure.MESSAGE_REFUSED, True, Scope.MESSAGE
    return None


def _is_general(answer: Answer) -> bool:
    """Tell whether it is Discord's general error, code 0: it could not read the request."""
    return answer.status == 400 and str((answer.document or {}).get("code")) == "0"


def _code(answer: Answer) -> str:
    code = answer.document.get("code") if answer.document else None
    return str(code) if type(code) is int and code else str(answer.status)


def _reason(answer: Answer, token: str) -> str:
    document = answer.document or {}
    message = document.get("message")
    if not isinstance(message, str) or not message:
        return f"Discord answered {answer.status}"
    detail = next(_details(document.get("errors"), ()), "")
    return clean_reason(f"{message} ({detail})" if detail else message, token)


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
