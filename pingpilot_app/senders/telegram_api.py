"""Calls to Telegram's Bot API, and what its refusals mean.

API: https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Mapping
from typing import Any

import httpx

from pingpilot_app.senders.http_exchange import (
    READ_TIMEOUT,
    Answer,
    post_json,
    silence_urls,
    wait_seconds,
)
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Scope, SendError
from pingpilot_app.settings import TelegramSettings

_DEFAULT_WAIT = 5.0  # seconds, where Telegram does not say how long

# A 403 always means that this chat is closed to the bot; of the 400s only these do.
_CLOSED = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "chat_write_forbidden",
    "user is deactivated",
    "bot was kicked",
    "bot was blocked",
    "not enough rights",
    "have no rights",
)


class Migrated(SendError):
    """The group became a supergroup; `chat_id` is its new id."""

    def __init__(self, reason: str, chat_id: int) -> None:
        super().__init__(reason, permanent=False, scope=Scope.DESTINATION, code="400")
        self.chat_id = chat_id


class TelegramApi:
    """One bot. Its token is part of every URL and must not reach a log or an error."""

    def __init__(self, settings: TelegramSettings, client: httpx.AsyncClient) -> None:
        silence_urls()
        self._client = client
        self._token = settings.bot_token.get_secret_value()
        self._base = f"{settings.api_url}/bot{self._token}"
        self._urls: dict[str, httpx.URL] = {}

    async def call(
        self, method: str, body: Mapping[str, Any], *, read_timeout: float = READ_TIMEOUT
    ) -> Any:
        """Call a method and return its `result`. Raises SendError (Migrated among them)."""
        answer = await post_json(
            self._client,
            self._url(method),
            body,
            {},
            provider="Telegram",
            secret=self._token,
            read_timeout=read_timeout,
        )
        document = answer.document or {}
        if answer.ok and document.get("ok") is True and "result" in document:
            return document["result"]
        raise _refusal(answer, self._token)

    def _url(self, method: str) -> httpx.URL:
        if method not in self._urls:
            self._urls[method] = httpx.URL(f"{self._base}/{method}")
        return self._urls[method]


def _refusal(answer: Answer, token: str) -> SendError:
    words = _words(answer)
    if words is None:
        return SendError(
            f"Telegram answered {answer.status} with something that is not its API's",
            permanent=False,
            code=str(answer.status),
            possibly_delivered=answer.ok,
        )
    reason, code = clean_reason(words, token), _code(answer)
    chat_id = _parameter(answer, "migrate_to_chat_id")
    if type(chat_id) is int:
        return Migrated(reason, chat_id)
    if code == 429:
        wait = wait_seconds(_parameter(answer, "retry_after"))
        return SendError(
            reason,
            permanent=False,
            retry_after=_DEFAULT_WAIT if wait is None else wait,
            scope=Scope.DESTINATION,
            code="429",
        )
    return SendError(reason, permanent=_final(code), scope=_reach(code, reason), code=str(code))


def _final(code: int) -> bool:
    # 401 and 404 are about our token, 409 about a second poller.
    return 400 <= code < 500 and code not in (401, 404, 408, 409)


def _reach(code: int, reason: str) -> Scope:
    if code in (401, 404):
        return Scope.PROVIDER
    if code == 403 or (code == 400 and any(word in reason.lower() for word in _CLOSED)):
        return Scope.DESTINATION
    return Scope.MESSAGE


def _words(answer: Answer) -> str | None:
    document = answer.document or {}
    words = document.get("description")
    return words if document.get("ok") is False and isinstance(words, str) else None


def _code(answer: Answer) -> int:
    code = (answer.document or {}).get("error_code")
    return code if type(code) is int else answer.status


def _parameter(answer: Answer, name: str) -> object:
    parameters = (answer.document or {}).get("parameters")
    return parameters.get(name) if isinstance(parameters, dict) else None
