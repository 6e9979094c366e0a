"""Sends messages as Discord direct messages.

API: https://discord.com/developers/docs/reference (version 10)
"""

import asyncio
import re
from collections.abc import Mapping
from typing import Any

import httpx

from pingpilot_app.domain.failure import Failure
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.message.discord import (
    buttons,
    render,
    render_edit,
    render_plain,
)
from pingpilot_app.senders.discord_refusal import (
    INVALID_FORM,
    NO_CHANNEL,
    TOO_MANY_OPENINGS,
    refusal,
)
from pingpilot_app.senders.http_exchange import Answer, HttpApi, wait_seconds
from pingpilot_app.senders.reason import clean_reason
from pingpilot_app.senders.sender import Destination, Identity, Receipt, Scope, SendError
from pingpilot_app.settings import DiscordSettings

STATE = "dm_channel_id"
USER_AGENT = "DiscordBot (https://pingpilot.invalid, 0.1.0)"  # Discord asks for a URL; we have none

_KEPT = 10_000  # people whose channel is remembered in memory


class DiscordSender:
    """Writes to people through one bot. Each person's DM channel is opened once and kept."""

    def __init__(self, settings: DiscordSettings, client: httpx.AsyncClient) -> None:
        self._url = httpx.URL(settings.api_url)
        self._token = settings.bot_token.get_secret_value()
        self._has_buttons = settings.takes_interactions
        headers = {"Authorization": f"Bot {self._token}", "User-Agent": USER_AGENT}
        self._api = HttpApi(client, "Discord", self._token, headers)
        # Not everybody who sends stores the state (notices, doctor), and each time would open the
        # channel again; a bot that opens many is quarantined.
        self._channels: dict[str, str] = {}
        self._openings_paused_until = 0.0  # of the event loop's clock

    async def send(self, message: Message, destination: Destination, nonce: str) -> Receipt:
        """Deliver `message` to the person. Raises SendError.

        Discord drops a repeated `nonce` (≤ 25 characters) for some minutes.
        """
        user = _snowflake(destination.address)
        known = self._channels.get(user) or destination.state.get(STATE)
        try:
            return await self._write(known or await self._open(user), message, destination, nonce)
        except SendError as error:
            if error.code not in NO_CHANNEL or known is None:
                raise
        return await self._write(await self._open(user), message, destination, nonce)

    async def edit(self, message: Message, destination: Destination, reference: str) -> None:
        """Show `message` in the place of the one that was taken as `reference`. Raises SendError.

        https://docs.discord.com/developers/resources/message#edit-message
        """
        user = _snowflake(destination.address)
        channel = self._channels.get(user) or destination.state.get(STATE)
        url = self._at(f"/channels/{channel or await self._open(user)}/messages/{reference}")
        try:
            body = render_edit(message, has_buttons=self._has_buttons)
            self._taken(await self._api.patch(url, body))
        except SendError as error:
            if error.code != INVALID_FORM:
                raise
            body = render_edit(message, has_buttons=self._has_buttons, plain=True)
            self._taken(await self._api.patch(url, body))

    async def check(self) -> Identity:
        """Ask Discord who the bot is. Raises SendError."""
        answer = self._taken(await self._api.get(self._at("/users/@me")))
        name = answer.document.get("username") if answer.document else None
        if not isinstance(name, str):
            raise self._api.not_its_api(answer)
        return Identity(clean_reason(name, self._token), answer.at)

    async def close(self) -> None:
        """Do nothing: the client belongs to whoever made it."""

    async def _open(self, user: str) -> str:
        self._check_openings()
        try:
            answer = await self._post("/users/@me/channels", {"recipient_id": user})
        except SendError as error:
            self._note_openings(error)
            if error.code != INVALID_FORM:
                raise
            # There is nothing in this form but the id: a number that Discord never gives out.
            raise _bad_address(error.reason, error.code) from error
        channel = self._id(answer)
        while len(self._channels) >= _KEPT:
            del self._channels[next(iter(self._channels))]
        self._channels[user] = channel
        return channel

    def _check_openings(self) -> None:
        wait = self._openings_paused_until - asyncio.get_running_loop().time()
        if wait > 0:
            raise SendError(
                f"Discord lets the bot open no conversation for {wait:.0f} s more",
                failure=Failure.RATE_LIMITED,
                permanent=False,
                retry_after=wait,
                scope=Scope.DESTINATION,
                code=TOO_MANY_OPENINGS,
            )

    def _note_openings(self, error: SendError) -> None:
        if error.code == TOO_MANY_OPENINGS:
            wait = error.retry_after or 0.0
            self._openings_paused_until = asyncio.get_running_loop().time() + wait

    async def _write(
        self, channel: str, message: Message, destination: Destination, nonce: str
    ) -> Receipt:
        """Post the message; receipt and error alike carry a channel that is new."""
        state = {**destination.state, STATE: channel}
        changed = state if state != destination.state else None
        try:
            answer = await self._deliver(channel, message, nonce)
            return Receipt(self._id(answer), changed, pause=_pause(answer), editable=True)
        except SendError as error:
            if error.code not in NO_CHANNEL:
                error.state = changed
            raise

    async def _deliver(self, channel: str, message: Message, nonce: str) -> Answer:
        shown = buttons(message) if self._has_buttons else []
        beside = {"components": shown} if shown else {}
        try:
            return await self._create(channel, {"embeds": [render(message)], **beside}, nonce)
        except SendError as error:
            if error.code != INVALID_FORM:
                raise
        return await self._create(channel, {"content": render_plain(message), **beside}, nonce)

    async def _create(self, channel: str, content: Mapping[str, Any], nonce: str) -> Answer:
        body = {
            **content,
            "allowed_mentions": {"parse": []},  # a bot's default pings @everyone
            "nonce": nonce,
            "enforce_nonce": True,
        }
        return await self._post(f"/channels/{channel}/messages", body, delivering=True)

    async def _post(
        self, path: str, body: Mapping[str, Any], *, delivering: bool = False
    ) -> Answer:
        return self._taken(await self._api.post(self._at(path), body, delivering=delivering))

    def _at(self, path: str) -> httpx.URL:
        return self._url.copy_with(path=self._url.path.rstrip("/") + path)

    def _taken(self, answer: Answer) -> Answer:
        if not answer.ok:
            raise refusal(answer, self._api, self._token)
        return answer

    def _id(self, answer: Answer) -> str:
        found = answer.document.get("id") if answer.document else None
        if isinstance(found, str) and found.isdigit():
            return found
        raise self._api.not_its_api(answer)


def _pause(answer: Answer) -> float:
    """Return the seconds until Discord takes the next message for this channel."""
    if answer.headers.get("X-RateLimit-Remaining") != "0":
        return 0.0
    return wait_seconds(answer.headers.get("X-RateLimit-Reset-After")) or 0.0


def _snowflake(address: str) -> str:
    if re.fullmatch(r"[0-9]{15,20}", address, re.ASCII) and int(address) < 2**64:
        return address
    raise _bad_address("The Discord ID is not one: it has 15 to 20 digits")


def _bad_address(reason: str, code: str | None = None) -> SendError:
    return SendError(
        reason,
        failure=Failure.BAD_ADDRESS,
        permanent=True,
        scope=Scope.DESTINATION,
        code=code,
    )
