"""What the sandbox's Discord does when somebody presses a button under a message.

Facts: https://docs.discord.com/developers/interactions/receiving-and-responding
"""

import itertools
import json
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from pingpilot_app.domain.channel import Channel
from pingpilot_app.sandbox.inbox import Inbox
from pingpilot_app.sandbox.signing import signed_headers

PATIENCE = 3.0  # seconds for an answer
FAILED = "This interaction failed"  # what Discord shows where no good answer comes

Post = Callable[[str, bytes, dict[str, str]], Awaitable[httpx.Response]]

_COMPONENT = 3
_SAY, _UPDATE = 4, 7
_SHOWN = ("content", "embeds", "components")


class DiscordPresses:
    """Tells the application's endpoint of presses, by `post`."""

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._url = ""
        self._ids = itertools.count(1_500_000_000_000_000_000)
        self.seed = os.urandom(32)
        self.post: Post = _post

    def tell(self, url: str, seed: bytes) -> None:
        """Have presses told to `url`, signed with the key of `seed`."""
        self._url, self.seed = url, seed

    async def press(self, reference: str, user: str | None = None) -> str:
        """Press the first button of a message; return what `user` alone is told then.

        `user` None: whom the message went to. Raises KeyError where there is no such button.
        """
        received = self._inbox.find(Channel.DISCORD, reference)
        custom_id = button_in(received.payload)
        if not custom_id:
            raise KeyError(reference)
        body = json.dumps(self._interaction(reference, custom_id, user or received.to)).encode()
        headers = signed_headers(self.seed, str(int(time.time())), body)
        try:
            response = await self.post(self._url, body, headers)
            answer = response.json() if response.status_code == 200 else None
        except (httpx.HTTPError, ValueError):
            answer = None
        return self._apply(reference, answer)

    def _interaction(self, reference: str, custom_id: str, user: str) -> dict[str, Any]:
        return {
            "id": str(next(self._ids)),
            "application_id": "1400000000000000000",
            "type": _COMPONENT,
            "version": 1,
            "token": os.urandom(16).hex(),
            "context": 1,
            "user": {"id": user, "username": f"user{user[-4:]}", "global_name": None},
            "message": {"id": reference},
            "data": {"component_type": 2, "custom_id": custom_id},
        }

    def _apply(self, reference: str, answer: Any) -> str:
        kind = answer.get("type") if isinstance(answer, dict) else None
        shown = answer.get("data") if isinstance(answer, dict) else None
        if kind == _UPDATE and isinstance(shown, dict):
            self._inbox.edit(Channel.DISCORD, reference, only_shown(shown))
            return ""
        if kind == _SAY and isinstance(shown, dict):
            return str(shown.get("content", ""))
        return FAILED


def only_shown(body: dict[str, Any]) -> dict[str, Any]:
    """Return those parts of a message's JSON that an edit changes."""
    return {name: body[name] for name in _SHOWN if name in body}


def button_in(payload: dict[str, Any]) -> str:
    """Return what the first button of a message sends, empty where there is none."""
    for row in payload.get("components") or []:
        for one in row.get("components") or []:
            return str(one.get("custom_id", ""))
    return ""


async def _post(url: str, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async with httpx.AsyncClient(timeout=PATIENCE, trust_env=False) as client:
        return await client.post(url, content=body, headers=headers)
