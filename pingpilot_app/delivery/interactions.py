"""What Discord tells us of buttons that were pressed: whether it is Discord, and what to answer.

Facts: https://docs.discord.com/developers/interactions/receiving-and-responding and
https://docs.discord.com/developers/interactions/overview#validating-security-request-headers
"""

import asyncio
import json
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pingpilot_app.delivery.acknowledgement import acknowledge, sentence_of
from pingpilot_app.delivery.attempt import message_of
from pingpilot_app.delivery.instance import Instance
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.claim_button import handle_of, pressed
from pingpilot_app.domain.errors import NotJson, PingPilotError
from pingpilot_app.domain.message.discord import render_edit
from pingpilot_app.storage.claims import ClaimView
from pingpilot_app.storage.message_edits import shown_events, standing_of
from pingpilot_app.storage.readers import NOT_YOURS, Reading

OLD = (
    300.0  # seconds after which a signed request counts no more, and before which each counts once
)
DEADLINE = 2.5  # seconds; Discord waits three

_PING, _COMPONENT = 1, 3  # what comes
_PONG, _SAY, _UPDATE = 1, 4, 7  # what is answered
_EPHEMERAL = 1 << 6  # for the eyes of who pressed
_SEEN_MAX = 10_000

_NO_COMMANDS = "PingPilot has no commands, only the button under an event."
_BUSY = "PingPilot is busy just now. Press again in a moment."


@dataclass(frozen=True, slots=True)
class Signed:
    """A request as it came, with its headers X-Signature-Ed25519 and X-Signature-Timestamp."""

    body: bytes
    signature: str
    timestamp: str


class Interactions:
    """Reads and answers them for one instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._seen: OrderedDict[str, float] = OrderedDict()

    def is_genuine(self, signed: Signed) -> bool:
        """Tell whether Discord wrote this lately, and it was not read before."""
        key = self._instance.discord_key
        if key is None or not is_signed(key, signed, self._instance.clock()):
            return False
        now = time.monotonic()
        while self._seen and (
            len(self._seen) >= _SEEN_MAX or next(iter(self._seen.values())) < now - 2 * OLD
        ):
            self._seen.popitem(last=False)
        if signed.signature.lower() in self._seen:
            return False
        self._seen[signed.signature.lower()] = now
        return True

    async def answer(self, body: bytes) -> dict[str, Any]:
        """Do what is asked for and return what Discord shows. Raises NotJson."""
        interaction = _read(body)
        kind = interaction.get("type")
        if kind == _PING:
            return {"type": _PONG}
        if kind != _COMPONENT:
            return _say(_NO_COMMANDS)
        try:
            async with asyncio.timeout(DEADLINE):
                return await self._claim(interaction)
        except PingPilotError as refusal:
            return _say(refusal.message)
        except TimeoutError:
            return _say(_BUSY)

    async def _claim(self, interaction: dict[str, Any]) -> dict[str, Any]:
        meant = pressed(_part(interaction, "data").get("custom_id"))
        user = _part(interaction, "user") or _part(_part(interaction, "member"), "user")
        if meant is None or not isinstance(user.get("id"), str):
            return _say(NOT_YOURS)
        name = handle_of(user.get("username"), user.get("global_name"))
        here = self._instance
        reading = Reading(*meant, Channel.DISCORD, user["id"], name)
        told, who = await acknowledge(here.writer, here.bus, reading, here.clock())
        return await self._shown(meant, told) or _say(sentence_of(told, who))

    async def _shown(self, which: tuple[str, str], told: ClaimView) -> dict[str, Any] | None:
        found = (await self._instance.database.read(shown_events, [which])).get(which)
        if found is None:  # deleted this very moment
            return None
        url = self._instance.settings.public_url
        message = message_of(found, url, standing_of(told))
        return {"type": _UPDATE, "data": render_edit(message)}


def is_signed(key: bytes, signed: Signed, now: datetime) -> bool:
    """Tell whether the key's owner signed timestamp and body, less than `OLD` seconds ago."""
    stamp = signed.timestamp
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    if abs(now.timestamp() - int(stamp)) > OLD:
        return False
    try:
        signature = bytes.fromhex(signed.signature)
        Ed25519PublicKey.from_public_bytes(key).verify(signature, stamp.encode() + signed.body)
    except (InvalidSignature, ValueError):
        return False
    return True


def _read(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as exc:
        raise NotJson("The body is not JSON") from exc
    if not isinstance(found, dict):
        raise NotJson("The body is not a JSON object")
    return found


def _part(whole: dict[str, Any], name: str) -> dict[str, Any]:
    part = whole.get(name)
    return part if isinstance(part, dict) else {}


def _say(words: str) -> dict[str, Any]:
    return {"type": _SAY, "data": {"content": words, "flags": _EPHEMERAL}}
