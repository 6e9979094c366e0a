"""The sandbox's Telegram: a bot, the chats that know it, and what people write to it.

API: https://core.telegram.org/bots/api
"""

import asyncio
import hashlib
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.answers import Drop, Failing, json_answer
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox
from pingpilot_app.sandbox.telegram_rules import ANSWER_MAX, UNCHANGED, button_in, wrong_with

POLL_MAX = 50  # seconds
PATIENCE = 10.0  # seconds that whoever pressed a button waits for an answer
MIGRATED_TO = -1_001_234_567_890
BOT_USERNAME = "pingpilot_sandbox_bot"

# Status and description of the refusals that CHANNELS.md names; `code:` takes any part of one.
DESCRIPTIONS: tuple[tuple[int, str], ...] = (
    (401, "Unauthorized"),
    (403, "Forbidden: bot was blocked by the user"),
    (403, "Forbidden: user is deactivated"),
    (403, "Forbidden: bot was kicked from the group chat"),
    (403, "Forbidden: bot can't initiate conversation with a user"),
    (400, "Bad Request: chat not found"),
    (400, "Bad Request: message text is empty"),
    (400, "Bad Request: message is too long"),
    (409, "Conflict: terminated by other getUpdates request"),
)

_BOT = {
    "id": 1,
    "is_bot": True,
    "first_name": "PingPilot sandbox (not Telegram)",
    "username": BOT_USERNAME,
}

KnownChats = Literal["any", "strict"]
Method = Callable[[Request, dict[str, Any]], Awaitable[Response]]


class TelegramSandbox:
    """One bot. With `known_chats="any"` every positive chat id has pressed start already."""

    def __init__(
        self, inbox: Inbox, faults: Faults, drop: Drop, known_chats: KnownChats = "any"
    ) -> None:
        self._inbox = inbox
        self._failing = Failing(Channel.TELEGRAM, faults, drop, self._refuse)
        self._any_chat = known_chats == "any"
        self._chats: dict[int, str] = {}  # id → username
        self._updates: list[dict[str, Any]] = []
        self._arrived = asyncio.Event()
        self._polling = False
        self._update_ids = itertools.count(1)
        self._message_ids = itertools.count(1)
        self._presses: dict[str, asyncio.Future[str]] = {}  # by the query's id
        self._methods: dict[str, Method] = {
            "getme": self._me,
            "getupdates": self._get_updates,
            "sendmessage": self._send_message,
            "editmessagetext": self._edit_text,
            "answercallbackquery": self._answer_press,
        }

    def routes(self) -> list[Route]:
        """Return the route, from `/telegram` on."""
        return [Route("/bot{token}/{method}", self._call, methods=["GET", "POST"])]

    def press_start(self, username: str, token: str = "") -> int:
        """Let a person open the bot's start link. Returns the chat id, drawn from the name."""
        username = username.removeprefix("@")
        digest = hashlib.sha256(username.lower().encode()).digest()
        chat_id = int.from_bytes(digest[:5], "big") + 1
        self.register_chat(chat_id, username)
        self.write(chat_id, username, f"/start {token}".strip())
        return chat_id

    def register_chat(self, chat_id: int, username: str = "") -> None:
        """Make a chat known to the bot."""
        self._chats[chat_id] = username

    def write(self, chat_id: int, username: str, text: str) -> None:
        """Let a person write to the bot."""
        message = {
            "message_id": next(self._message_ids),
            "from": {"id": chat_id, "is_bot": False, "username": username},
            "chat": {"id": chat_id, "type": "private", "username": username},
            "date": int(time.time()),
            "text": text,
        }
        self.push_update({"message": message})

    async def press(self, reference: str, chat_id: int | None = None) -> str:
        """Press the first button of a message; return what the bot answers, empty for nothing.

        `chat_id` None: the chat that the message is in. Raises KeyError.
        """
        received = self._inbox.find(Channel.TELEGRAM, reference)
        sent = button_in(received.payload)
        if not sent:
            raise KeyError(reference)
        chat = chat_id or int(received.to)
        person = {"id": chat, "is_bot": False, "first_name": f"User {chat}"}
        if self._chats.get(chat):
            person["username"] = self._chats[chat]
        query = str(next(self._update_ids) + 4_000_000_000)
        self._presses[query] = answered = asyncio.get_running_loop().create_future()
        message = {"message_id": int(reference), "chat": {"id": chat, "type": "private"}}
        self.push_update(
            {"callback_query": {"id": query, "from": person, "message": message, "data": sent}}
        )
        try:
            return await asyncio.wait_for(answered, PATIENCE)
        except TimeoutError:
            return ""
        finally:
            del self._presses[query]

    def push_update(self, update: dict[str, Any]) -> None:
        """Queue an update of any kind; its `update_id` is added."""
        self._updates.append({"update_id": next(self._update_ids), **update})
        self._arrived.set()

    async def _call(self, request: Request) -> Response:
        if request.path_params["token"] == "invalid":  # noqa: S105  # the one token that is refused
            return _error(401, "Unauthorized")
        method = self._methods.get(request.path_params["method"].lower())
        if method is None:
            return _error(404, "Not Found")
        parameters = await _parameters(request)
        if parameters is None:
            return _error(400, "Bad Request: can't parse JSON object")

        async def run(request: Request) -> Response:
            return await method(request, parameters)

        if method == self._get_updates:  # a poller that always waits would use failures up
            return await run(request)
        return await self._failing.run(request, run)

    async def _me(self, _request: Request, _parameters: dict[str, Any]) -> Response:
        return _result(_BOT)

    async def _send_message(self, _request: Request, parameters: dict[str, Any]) -> Response:
        if wrong := wrong_with(parameters):
            return _error(400, wrong)
        text = parameters["text"]
        chat_id = _integer(parameters.get("chat_id"))
        if not self._knows(chat_id):
            return _error(400, "Bad Request: chat not found")
        message = {"message_id": next(self._message_ids), "from": _BOT, "text": text}
        message |= {"date": int(time.time()), "chat": {"id": chat_id, "type": "private"}}
        reference = str(message["message_id"])
        self._inbox.add(Channel.TELEGRAM, str(chat_id), parameters, reference)
        return _result(message)

    async def _edit_text(self, _request: Request, parameters: dict[str, Any]) -> Response:
        if wrong := wrong_with(parameters):
            return _error(400, wrong)
        try:
            before = self._inbox.find(Channel.TELEGRAM, str(parameters.get("message_id")))
        except KeyError:
            return _error(400, "Bad Request: message to edit not found")
        if before.to != str(parameters.get("chat_id")):
            return _error(400, "Bad Request: message to edit not found")
        # Without a keyboard the message has none any more.
        after = {"text": parameters["text"], "reply_markup": parameters.get("reply_markup")}
        if after["text"] == before.payload["text"] and button_in(after) == button_in(
            before.payload
        ):
            return _error(400, UNCHANGED)
        self._inbox.edit(Channel.TELEGRAM, before.reference, after)
        return _result({"message_id": int(before.reference), "text": after["text"]})

    async def _answer_press(self, _request: Request, parameters: dict[str, Any]) -> Response:
        waiting = self._presses.get(str(parameters.get("callback_query_id")))
        if waiting is None or waiting.done():
            words = "query is too old and response timeout expired or query ID is invalid"
            return _error(400, f"Bad Request: {words}")
        text = str(parameters.get("text") or "")
        if len(text) > ANSWER_MAX:
            return _error(400, "Bad Request: MESSAGE_TOO_LONG")
        waiting.set_result(text)
        return _result(True)

    def _knows(self, chat_id: int | None) -> bool:
        return chat_id in self._chats or (self._any_chat and chat_id is not None and chat_id >= 1)

    async def _get_updates(self, request: Request, parameters: dict[str, Any]) -> Response:
        if self._polling:
            words = "Conflict: terminated by other getUpdates request; make sure that only one"
            return _error(409, f"{words} bot instance is running")
        offset = _integer(parameters.get("offset")) or 0
        # An offset confirms everything before it.
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        seconds = min(max(_integer(parameters.get("timeout")) or 0, 0), POLL_MAX)
        self._polling = True
        try:
            if not self._updates and seconds:
                await self._wait(request, seconds)
        finally:
            self._polling = False
        return _result(_wanted(self._updates, parameters.get("allowed_updates"))[:100])

    async def _wait(self, request: Request, seconds: int) -> None:
        self._arrived.clear()
        # A poller that was killed must not keep the next one out.
        waits = {asyncio.ensure_future(self._arrived.wait()), asyncio.ensure_future(_gone(request))}
        try:
            await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def _refuse(self, fault: Fault) -> Response:
        if fault.mode == "rate_limit":
            wait = max(1, round(fault.retry_after))
            words = f"Too Many Requests: retry after {wait}"
            return _error(429, words, {"retry_after": wait})
        if fault.code == "migrate_to_chat_id":
            self.register_chat(MIGRATED_TO)
            words = "Bad Request: group chat was upgraded to a supergroup chat"
            return _error(400, words, {"migrate_to_chat_id": MIGRATED_TO})
        status, words = _described(fault)
        return _error(fault.status or status, fault.words or words)


def _wanted(updates: list[dict[str, Any]], kinds: object) -> list[dict[str, Any]]:
    """Return the updates; presses only where they are asked for, or all kinds are."""
    if not isinstance(kinds, list) or not kinds or "callback_query" in kinds:
        return updates
    return [one for one in updates if "callback_query" not in one]


def _described(fault: Fault) -> tuple[int, str]:
    if fault.mode == "server_error":
        return 500, "Internal Server Error"
    for status, words in DESCRIPTIONS:
        if str(fault.code).lower() in words.lower():
            return status, words
    return 400, f"Bad Request: {fault.code}"


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _parameters(request: Request) -> dict[str, Any] | None:
    body = await request.body()
    if not body:
        return dict(request.query_params)
    try:
        parameters = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return parameters if isinstance(parameters, dict) else None


def _integer(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def _result(result: Any) -> Response:
    return json_answer({"ok": True, "result": result})


def _error(code: int, description: str, parameters: dict[str, int] | None = None) -> Response:
    document: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
    if parameters:
        document["parameters"] = parameters
    return json_answer(document, code)
