"""The sandbox's Discord: opening a DM, sending and editing a message, pressing its button.

API: https://discord.com/developers/docs/reference (version 10)
"""

import itertools
import json
from collections import OrderedDict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.answers import Drop, Endpoint, Failing, json_answer
from pingpilot_app.sandbox.discord_press import DiscordPresses, only_shown
from pingpilot_app.sandbox.discord_rules import findings, form_errors, is_snowflake
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox

_NONCES = 5_000  # remembered; the real one remembers some minutes
_FIRST_ID = 1_400_000_000_000_000_000
# Turns a user's id into that of the DM channel and back, so that a channel that was opened
# before the sandbox was restarted is still known.
_DM = 0x2A5A5A5A5A5
_BOT = {
    "id": str(_FIRST_ID),
    "username": "PingPilot sandbox",
    "global_name": "PingPilot sandbox (not Discord)",
    "bot": True,
}

# HTTP status and words of the codes that CHANNELS.md names.
CODES: dict[str, tuple[int, str]] = {
    "401": (401, "401: Unauthorized"),
    "40001": (401, "Unauthorized. Provide a valid token and try again"),
    "50014": (401, "Invalid authentication token provided"),
    "20028": (429, "The channel you are writing has hit the write rate limit"),
    "40003": (400, "You are opening direct messages too fast"),
    "130000": (503, "API resource is currently overloaded. Try again a little later"),
    "50007": (403, "Cannot send messages to this user"),
    "50278": (400, "Cannot send messages to this user due to having no mutual guilds"),
    "10013": (404, "Unknown User"),
    "50033": (400, "Invalid Recipient(s)"),
    "50001": (403, "Missing Access"),
    "10003": (404, "Unknown Channel"),
    "10008": (404, "Unknown Message"),
    "50006": (400, "Cannot send an empty message"),
}
_WAITING = ("20028", "40003", "130000")


class DiscordSandbox:
    """Every snowflake is a person who takes messages. `dms_opened` counts openings."""

    def __init__(self, inbox: Inbox, faults: Faults, drop: Drop) -> None:
        self._inbox = inbox
        self._failing = Failing(Channel.DISCORD, faults, drop, _refuse)
        self._ids = itertools.count(_FIRST_ID + 1)
        self._nonces: OrderedDict[tuple[str, str], dict[str, Any]] = OrderedDict()
        self.presses = DiscordPresses(inbox)
        self.dms_opened = 0

    def tell(self, url: str, seed: bytes) -> None:
        """Have presses of buttons told to `url`, signed with the key of `seed`."""
        self.presses.tell(url, seed)

    def routes(self) -> list[Route]:
        """Return the routes, from `/discord/api/v10` on."""
        return [
            Route("/channels/{channel}/messages", self._run(self._create), methods=["POST"]),
            Route("/channels/{channel}/messages/{id}", self._run(self._edit), methods=["PATCH"]),
            Route("/users/@me/channels", self._run(self._open), methods=["POST"]),
            Route("/users/@me", self._run(self._me), methods=["GET"]),
        ]

    def _run(self, endpoint: Endpoint) -> Endpoint:
        async def run(request: Request) -> Response:
            refused = _stranger(request)
            return refused or await self._failing.run(request, endpoint)

        return run

    async def _me(self, _request: Request) -> Response:
        return json_answer(_BOT)

    async def _open(self, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _no_json()
        user = body.get("recipient_id")
        if not is_snowflake(user):
            words = f'Value "{str(user)[:40]}" is not snowflake.'
            return json_answer(form_errors([("recipient_id", "NUMBER_TYPE_COERCE", words)]), 400)
        self.dms_opened += 1
        channel = str(int(str(user)) ^ _DM)
        return json_answer({"id": channel, "type": 1, "recipients": [{"id": user}]})

    async def _create(self, request: Request) -> Response:
        channel = request.path_params["channel"]
        if not is_snowflake(channel):
            return _code("10003")
        body = await _body(request)
        if body is None:
            return _no_json()
        if found := findings(body):
            return json_answer(form_errors(found), 400)
        if not str(body.get("content") or "").strip() and not body.get("embeds"):
            return _code("50006")
        return json_answer(self._take(channel, body))

    async def _edit(self, request: Request) -> Response:
        channel, reference = request.path_params["channel"], request.path_params["id"]
        body = await _body(request)
        if body is None:
            return _no_json()
        if found := findings(body):
            return json_answer(form_errors(found), 400)
        try:
            known = self._inbox.find(Channel.DISCORD, reference)
        except KeyError:
            return _code("10008")
        if not is_snowflake(channel) or known.to != str(int(channel) ^ _DM):
            return _code("10008")
        self._inbox.edit(Channel.DISCORD, reference, only_shown(body))
        return json_answer({"id": reference, "channel_id": channel, **only_shown(body)})

    def _take(self, channel: str, body: dict[str, Any]) -> dict[str, Any]:
        nonce = body.get("nonce")
        repeat = self._nonces.get((channel, str(nonce)))
        if repeat and nonce is not None and body.get("enforce_nonce") is True:
            return repeat
        message = {
            "id": str(next(self._ids)),
            "channel_id": channel,
            "author": _BOT,
            "nonce": nonce,
            "content": body.get("content", ""),
            "embeds": body.get("embeds", []),
            "components": body.get("components", []),
        }
        self._nonces[(channel, str(nonce))] = message
        if len(self._nonces) > _NONCES:
            self._nonces.popitem(last=False)
        user = str(int(channel) ^ _DM)
        self._inbox.add(Channel.DISCORD, user, body, str(message["id"]))
        return message


def _stranger(request: Request) -> Response | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme != "Bot" or not token.strip():
        return json_answer({"message": "401: Unauthorized", "code": 0}, 401)
    if not request.headers.get("user-agent", "").startswith("DiscordBot ("):
        return json_answer({"message": "internal network error", "code": 40333}, 403)
    return None


async def _body(request: Request) -> dict[str, Any] | None:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _no_json() -> Response:
    words = "The request body contains invalid JSON."
    return json_answer({"message": words, "code": 50109}, 400)


def _refuse(fault: Fault) -> Response:
    if fault.mode == "rate_limit":
        return _limited({"message": "You are being rate limited."}, 429, fault)
    if fault.mode == "server_error":
        words = fault.words or "500: Internal Server Error"
        return json_answer({"message": words, "code": 0}, fault.status or 500)
    return _code(str(fault.code), fault)


def _code(code: str, fault: Fault | None = None) -> Response:
    if code == "50035":
        return json_answer(form_errors([("embeds.0", "SANDBOX", "Refused as ordered")]), 400)
    status, words = CODES.get(code, (400, "Refused by the PingPilot sandbox as ordered"))
    if fault:
        status, words = fault.status or status, fault.words or words
    document = {"message": words, "code": 0 if code == "401" else int(code)}
    if fault and code in _WAITING:
        return _limited(document, status, fault)
    return json_answer(document, status)


def _limited(document: dict[str, Any], status: int, fault: Fault) -> Response:
    document = {**document, "retry_after": fault.retry_after, "global": fault.everywhere}
    headers = {
        "Retry-After": str(fault.retry_after),
        "X-RateLimit-Scope": "global" if fault.everywhere else "user",
    }
    return json_answer(document, status, headers)
