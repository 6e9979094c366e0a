"""Calls to Telegram's Bot API, and what its refusals mean.

API: https://core.telegram.org/bots/api#making-requests
"""

from collections.abc import Mapping
from typing import Any

import httpx

from pingpilot_app.domain.failure import Failure
from pingpilot_app.senders.http_exchange import READ_TIMEOUT, Answer, HttpApi, wait_seconds
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Identity, Scope, SendError
from pingpilot_app.settings import TelegramSettings

_NO_PREVIEW: dict[str, Any] = {"link_preview_options": {"is_disabled": True}}
_UNCHANGED = "message is not modified"  # the message says already what it should
_DEFAULT_WAIT = 5.0  # seconds, where Telegram does not say how long

# Words of a 400 or 403 that are about the chat, not about this message; the first that fits.
_CHAT_WORDS: tuple[tuple[str, Failure], ...] = (
    ("bot was blocked", Failure.BOT_BLOCKED),
    ("user_is_blocked", Failure.BOT_BLOCKED),
    ("user is deactivated", Failure.PERSON_GONE),
    ("user_deactivated", Failure.PERSON_GONE),
    ("chat not found", Failure.CHAT_NOT_FOUND),
    ("user not found", Failure.CHAT_NOT_FOUND),
    ("peer_id_invalid", Failure.CHAT_NOT_FOUND),
    ("can't initiate conversation", Failure.CHAT_NOT_FOUND),
    ("group chat was deactivated", Failure.CHAT_NOT_FOUND),
    ("group chat was deleted", Failure.CHAT_NOT_FOUND),
    ("bot was kicked", Failure.BOT_REMOVED),
    ("not a member", Failure.BOT_REMOVED),
    ("not enough rights", Failure.BOT_REMOVED),
    ("have no rights", Failure.BOT_REMOVED),
    ("need administrator rights", Failure.BOT_REMOVED),
    ("chat_write_forbidden", Failure.BOT_REMOVED),
    ("chat_send_plain_forbidden", Failure.BOT_REMOVED),
    ("chat_restricted", Failure.BOT_REMOVED),
)


class Migrated(SendError):
    """The group became a supergroup; `chat_id` is its new id."""

    def __init__(self, reason: str, chat_id: int) -> None:
        super().__init__(
            reason,
            failure=Failure.CHAT_NOT_FOUND,
            permanent=False,
            scope=Scope.DESTINATION,
            code="400",
        )
        self.chat_id = chat_id


class TelegramApi:
    """One bot. Its token is part of every URL and must not reach a log or an error."""

    def __init__(self, settings: TelegramSettings, client: httpx.AsyncClient) -> None:
        self._token = settings.bot_token.get_secret_value()
        self._api = HttpApi(client, "Telegram", self._token)
        self._base = f"{settings.api_url}/bot{self._token}"
        self._urls: dict[str, httpx.URL] = {}

    async def send_message(
        self, chat_id: int, text: str, keyboard: Mapping[str, Any] | None = None
    ) -> str:
        """Send plain text, with an inline keyboard where there is one; return the message's id.

        Raises SendError, Migrated among them.
        """
        body: dict[str, Any] = {"chat_id": chat_id, "text": text, **_NO_PREVIEW}
        if keyboard is not None:
            body["reply_markup"] = keyboard
        answer = await self._api.post(self._url("sendMessage"), body, delivering=True)
        result = self._result(answer)
        message_id = result.get("message_id") if isinstance(result, dict) else None
        if type(message_id) is not int:
            raise self._api.not_its_api(answer)
        return str(message_id)

    async def edit_text(
        self, chat_id: int, message_id: int, text: str, keyboard: Mapping[str, Any]
    ) -> None:
        """Replace text and inline keyboard of a message that the bot sent. Raises SendError."""
        body = {"chat_id": chat_id, "message_id": message_id, "text": text, **_NO_PREVIEW}
        body["reply_markup"] = keyboard
        answer = await self._api.post(self._url("editMessageText"), body, delivering=False)
        if _UNCHANGED not in (_words(answer) or "").lower():
            self._result(answer)

    async def answer_press(self, query_id: str, text: str) -> None:
        """Tell whoever pressed a button what came of it, in ≤ 200 characters. Raises SendError."""
        body = {"callback_query_id": query_id, "text": text}
        url = self._url("answerCallbackQuery")
        self._result(await self._api.post(url, body, delivering=False))

    async def identity(self) -> Identity:
        """Ask Telegram who the bot is; the name begins with @. Raises SendError."""
        answer = await self._api.get(self._url("getMe"))
        result = self._result(answer)
        username = result.get("username") if isinstance(result, dict) else None
        if not isinstance(username, str) or not username:
            raise self._api.not_its_api(answer)
        return Identity(f"@{clean_reason(username, self._token)}", answer.at)

    async def get_updates(self, body: Mapping[str, Any], held: float) -> list[Any]:
        """Call `getUpdates`, which Telegram may hold for `held` seconds. Raises SendError."""
        answer = await self._api.post(
            self._url("getUpdates"),
            body,
            delivering=False,
            read_timeout=held + READ_TIMEOUT,
        )
        result = self._result(answer)
        if not isinstance(result, list):
            raise self._api.not_its_api(answer)
        return result

    def _result(self, answer: Answer) -> Any:
        document = answer.document or {}
        if answer.ok and document.get("ok") is True and "result" in document:
            return document["result"]
        raise self._refusal(answer)

    def _refusal(self, answer: Answer) -> SendError:
        words, chat_id = _words(answer), _parameter(answer, "migrate_to_chat_id")
        code = answer.status if words is None else _code(answer)
        reason = clean_reason(words or f"Telegram answered {code}", self._token)
        if words is not None and type(chat_id) is int:
            return Migrated(reason, chat_id)
        if code == 429:
            return _too_fast(answer, reason)
        failure = _meaning(code, words)
        if failure is Failure.NOT_ITS_API:
            return self._api.not_its_api(answer)
        return _refused(answer, failure, reason, code)

    def _url(self, method: str) -> httpx.URL:
        if method not in self._urls:
            self._urls[method] = httpx.URL(f"{self._base}/{method}")
        return self._urls[method]


_FOR_GOOD = {
    Failure.BOT_BLOCKED: Scope.DESTINATION,
    Failure.PERSON_GONE: Scope.DESTINATION,
    Failure.CHAT_NOT_FOUND: Scope.DESTINATION,
    Failure.BOT_REMOVED: Scope.DESTINATION,
    Failure.MESSAGE_REFUSED: Scope.MESSAGE,
}


def _refused(answer: Answer, failure: Failure, reason: str, code: int) -> SendError:
    ours = failure is Failure.BAD_CREDENTIALS
    return SendError(
        reason,
        failure=failure,
        permanent=failure in _FOR_GOOD,
        scope=Scope.PROVIDER if ours else _FOR_GOOD.get(failure, Scope.MESSAGE),
        code=str(code),
        possibly_delivered=answer.possibly_delivered,
    )


def _too_fast(answer: Answer, reason: str) -> SendError:
    asked = _parameter(answer, "retry_after"), answer.headers.get("Retry-After")
    waits = [wait for wait in map(wait_seconds, asked) if wait is not None]
    return SendError(
        reason,
        failure=Failure.RATE_LIMITED,
        permanent=False,
        retry_after=waits[0] if waits else _DEFAULT_WAIT,
        # Telegram means the chat; without its JSON something in front shuts us out as a whole.
        scope=Scope.PROVIDER if _words(answer) is None else Scope.DESTINATION,
        code="429",
    )


def _meaning(code: int, words: str | None) -> Failure:
    if code >= 500:
        return Failure.PROVIDER_ERROR
    # Of an unknown token Telegram says 401, of one that cannot be one 404.
    if code == 401 or (code == 404 and words is not None):
        return Failure.BAD_CREDENTIALS
    if words is None or code < 400:
        return Failure.NOT_ITS_API
    if code in (408, 409):  # 409: a second poller, which says nothing about a message
        return Failure.PROVIDER_ERROR
    return _about_chat(code, words.lower())


def _about_chat(code: int, words: str) -> Failure:
    for part, failure in _CHAT_WORDS if code in (400, 403) else ():
        if part in words:
            return failure
    # A 403 always means that this chat is closed to the bot, whatever its words.
    return Failure.BOT_REMOVED if code == 403 else Failure.MESSAGE_REFUSED


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
