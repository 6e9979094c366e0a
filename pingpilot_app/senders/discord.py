"""Sends messages as Discord direct messages.

API: https://discord.com/developers/docs/reference (version 10)
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

import httpx

from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.discord import render, render_plain
from pingpilot_app.senders.discord_refusal import INVALID_FORM, NO_CHANNEL, refusal
from pingpilot_app.senders.http_exchange import Answer, post_json, silence_urls, wait_seconds
from pingpilot_app.senders.sender import Destination, Receipt, Scope, SendError
from pingpilot_app.settings import DiscordSettings

STATE = "dm_channel_id"
USER_AGENT = "DiscordBot (https://pingpilot.invalid, 0.1.0)"  # Discord asks for a URL; we have none

_KEPT = 10_000  # people whose channel is remembered in memory


class DiscordSender:
    """Writes to people through one bot. Each person's DM channel is opened once and kept."""

    def __init__(self, settings: DiscordSettings, client: httpx.AsyncClient) -> None:
        silence_urls()
        self._client = client
        self._url = httpx.URL(settings.api_url)
        self._token = settings.bot_token.get_secret_value()
        self._headers = {"Authorization": f"Bot {self._token}", "User-Agent": USER_AGENT}
        # A try that opens a channel and then fails must not open another at the next try.
        self._channels: dict[str, str] = {}
        self._opening: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._full_until: dict[str, float] = {}  # channel → loop time

    async def send(self, message: Message, destination: Destination, nonce: str) -> Receipt:
        """Deliver `message` to the person. Raises SendError.

        Discord drops a repeated `nonce` (≤ 25 characters) for some minutes.
        """
        user = _snowflake(destination.address)
        known = self._channels.get(user) or destination.state.get(STATE)
        channel = known or await self._open(user)
        try:
            reference = await self._post(channel, message, nonce)
        except SendError as error:
            if error.code not in NO_CHANNEL or known is None:
                raise
            channel = await self._open(user, instead_of=known)
            reference = await self._post(channel, message, nonce)
        if destination.state.get(STATE) == channel:
            return Receipt(reference)
        return Receipt(reference, state={**destination.state, STATE: channel})

    async def close(self) -> None:
        """Do nothing: the client belongs to whoever made it."""

    async def _open(self, user: str, instead_of: str | None = None) -> str:
        # One at a time for each person: opening many channels gets a bot quarantined.
        lock = self._opening.setdefault(user, asyncio.Lock())
        async with lock:
            opened = self._channels.get(user)
            if opened is None or opened == instead_of:
                opened = _id(await self._call("/users/@me/channels", {"recipient_id": user}))
                self._remember(user, opened)
            return opened

    def _remember(self, user: str, channel: str) -> None:
        while len(self._channels) >= _KEPT:
            del self._channels[next(iter(self._channels))]
        self._channels[user] = channel

    async def _post(self, channel: str, message: Message, nonce: str) -> str:
        try:
            return await self._create(channel, {"embeds": [render(message)]}, nonce)
        except SendError as error:
            if error.code != INVALID_FORM:
                raise
        return await self._create(channel, {"content": render_plain(message)}, nonce)

    async def _create(self, channel: str, content: Mapping[str, Any], nonce: str) -> str:
        self._check_room(channel)
        answer = await self._call(
            f"/channels/{channel}/messages",
            {
                **content,
                "allowed_mentions": {"parse": []},  # a bot's default pings @everyone
                "nonce": nonce,
                "enforce_nonce": True,
            },
        )
        self._note_room(channel, answer)
        return _id(answer)

    async def _call(self, path: str, body: Mapping[str, Any]) -> Answer:
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path)
        answer = await post_json(
            self._client, url, body, self._headers, provider="Discord", secret=self._token
        )
        if not answer.ok:
            raise refusal(answer, self._token)
        return answer

    def _check_room(self, channel: str) -> None:
        wait = self._full_until.get(channel, 0) - asyncio.get_running_loop().time()
        if wait > 0:
            raise SendError(
                f"Discord takes the next message for this person in {wait:.1f} s",
                permanent=False,
                retry_after=wait,
                scope=Scope.DESTINATION,
            )
        self._full_until.pop(channel, None)

    def _note_room(self, channel: str, answer: Answer) -> None:
        if answer.headers.get("X-RateLimit-Remaining") == "0":
            wait = wait_seconds(answer.headers.get("X-RateLimit-Reset-After")) or 0
            self._full_until[channel] = asyncio.get_running_loop().time() + wait


def _snowflake(address: str) -> str:
    if re.fullmatch(r"[0-9]{15,20}", address, re.ASCII) and int(address) < 2**64:
        return address
    raise SendError(
        "The Discord ID is not one: it has 15 to 20 digits",
        permanent=True,
        scope=Scope.DESTINATION,
    )


def _id(answer: Answer) -> str:
    found = answer.document.get("id") if answer.document else None
    if isinstance(found, str) and found.isdigit():
        return found
    raise SendError(
        f"Discord answered {answer.status} with something that is not its API's",
        permanent=False,
        possibly_delivered=True,
    )
