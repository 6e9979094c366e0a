"""The sandbox's own routes: what came in, what to do wrong, who presses which button."""

import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.answers import Endpoint, json_answer
from pingpilot_app.sandbox.discord_press import DiscordPresses
from pingpilot_app.sandbox.faults import Fault, Faults
from pingpilot_app.sandbox.inbox import Inbox, Received
from pingpilot_app.sandbox.telegram import TelegramSandbox

LABEL = "PingPilot sandbox: stands in for Discord, Telegram and a mail server; delivers nothing"
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Control:
    """Answers on loopback, and to no page of another site (DNS rebinding)."""

    def __init__(
        self, inbox: Inbox, faults: Faults, telegram: TelegramSandbox, discord: DiscordPresses
    ) -> None:
        self._discord = discord
        self._inbox = inbox
        self._faults = faults
        self._telegram = telegram

    def routes(self) -> list[Route]:
        """Return the routes, from `/control` on."""
        return [
            Route("/", _checked(self._show), methods=["GET"]),
            Route("/received", _checked(self._received), methods=["GET"]),
            Route("/received", _checked(self._forget), methods=["DELETE"]),
            Route("/fail", _checked(self._fail), methods=["POST"]),
            Route("/fail", _checked(self._work), methods=["DELETE"]),
            Route("/telegram/start", _checked(self._start), methods=["POST"]),
            Route("/telegram/press", _checked(self._press_telegram), methods=["POST"]),
            Route("/discord/press", _checked(self._press_discord), methods=["POST"]),
            Route("/telegram/chats", _checked(self._chat), methods=["POST"]),
        ]

    async def _show(self, _request: Request) -> Response:
        return _done(count=self._inbox.counts(), faults=self._faults.as_json())

    async def _received(self, request: Request) -> Response:
        asked = request.query_params.get("channel")
        channel = Channel(asked) if asked else None
        messages = [_as_json(received) for received in self._inbox.received(channel)]
        return _done(count=self._inbox.counts(), received=messages)

    async def _forget(self, _request: Request) -> Response:
        self._inbox.clear()
        return _done()

    async def _fail(self, request: Request) -> Response:
        body = await _body(request)
        fault = Fault(
            mode=str(body["mode"]),
            retry_after=float(body.get("retry_after", 1)),
            seconds=float(body.get("seconds", 1)),
            everywhere=body.get("global") is True,
            status=None if body.get("status") is None else int(body["status"]),
            words=None if body.get("words") is None else str(body["words"]),
        )
        times = body.get("times", 1)
        self._faults.plan(Channel(body["channel"]), fault, None if times is None else int(times))
        return _done(faults=self._faults.as_json())

    async def _work(self, _request: Request) -> Response:
        self._faults.clear()
        return _done()

    async def _start(self, request: Request) -> Response:
        body = await _body(request)
        chat_id = self._telegram.press_start(str(body["username"]), str(body.get("token", "")))
        return _done(chat_id=chat_id)

    async def _press_discord(self, request: Request) -> Response:
        body = await _body(request)
        user = None if body.get("user") is None else str(body["user"])
        return _done(told=await self._discord.press(str(body["reference"]), user))

    async def _press_telegram(self, request: Request) -> Response:
        body = await _body(request)
        chat_id = None if body.get("chat_id") is None else int(body["chat_id"])
        return _done(told=await self._telegram.press(str(body["reference"]), chat_id))

    async def _chat(self, request: Request) -> Response:
        body = await _body(request)
        self._telegram.register_chat(int(body["chat_id"]), str(body.get("username", "")))
        return _done()


def _checked(endpoint: Endpoint) -> Endpoint:
    async def checked(request: Request) -> Response:
        host = request.headers.get("host", "")
        if host.rpartition(":")[0] not in _LOOPBACK and host not in _LOOPBACK:
            return json_answer({"sandbox": LABEL, "message": "Only from this machine"}, 403)
        if "origin" in request.headers:  # a page in this machine's browser is not its owner
            return json_answer({"sandbox": LABEL, "message": "Not from a web page"}, 403)
        try:
            return await endpoint(request)
        except (KeyError, ValueError, TypeError, RecursionError) as exc:
            words = f"Not understood: {exc}"
            return json_answer({"sandbox": LABEL, "message": words}, 400)

    return checked


async def _body(request: Request) -> dict[str, Any]:
    body = json.loads(await request.body())
    if not isinstance(body, dict):
        raise TypeError("the body must be a JSON object")
    return body


def _done(**more: Any) -> Response:
    return json_answer({"sandbox": LABEL, **more})


def _as_json(received: Received) -> dict[str, Any]:
    return {
        "channel": received.channel.value,
        "at": received.at.isoformat(),
        "to": received.to,
        "reference": received.reference,
        "payload": received.payload,
        "edited_at": received.edited_at.isoformat() if received.edited_at else None,
    }
