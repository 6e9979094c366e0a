"""Proof that an address is its owner's: a code for Discord and email, a link for Telegram.

Nobody can point PingPilot at a stranger: until the proof, the address gets the code alone.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from pingpilot_app.domain.address import parse_address, parse_telegram_username
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, LimitReached
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.message import Message
from pingpilot_app.storage import tokens
from pingpilot_app.storage.destinations import mark_verified, set_address

CODE_LIFETIME = timedelta(minutes=10)
LINK_LIFETIME = timedelta(minutes=10)
CODE_PAUSE = timedelta(seconds=20)  # between two codes of one account

_LINK = "telegram-link"


def begin_code(
    connection: Connection, account_id: str, channel: Channel, text: str, pepper: bytes
) -> tuple[str, str]:
    """Set the channel's address, unverified; return it and the code to send there.

    Raises Invalid where the address cannot be one, LimitReached where the last code is too fresh.
    """
    now = datetime.now(UTC)
    address = parse_address(channel, text)
    last = tokens.open_token(connection, _kind(channel), account_id, now)
    if last and now - last.created_at < CODE_PAUSE:
        pause = int(CODE_PAUSE.total_seconds())
        raise LimitReached(
            f"A code was sent a moment ago. Wait {pause} seconds for another.", pause
        )
    code = f"{secrets.randbelow(1_000_000):06d}"
    set_address(
        connection, account_id, channel, now, label=address, address=address, verified=False
    )
    digest = _digest(pepper, account_id, channel, code)
    tokens.add_token(connection, _kind(channel), digest, account_id, address, now, CODE_LIFETIME)
    return address, code


def confirm_code(
    connection: Connection, account_id: str, channel: Channel, code: str, pepper: bytes
) -> bool:
    """Check the code and note the address as verified; False where it is wrong or too late."""
    now = datetime.now(UTC)
    token = tokens.open_token(connection, _kind(channel), account_id, now)
    if token is None:
        return False
    if not hmac.compare_digest(token.hash, _digest(pepper, account_id, channel, code.strip())):
        tokens.count_try(connection, token.hash)
        return False
    tokens.use_up(connection, token.hash, now)
    mark_verified(connection, account_id, channel, now)
    return True


def code_message(code: str, url: str) -> Message:
    """Return the message that carries a code."""
    return Message(
        event_id=new_id("evt"),
        category="verification",
        emoji="🔐",
        color=0x3B82F6,
        description=f"Your PingPilot code is {code}. Enter it in the dashboard under Channels "
        "within 10 minutes. If you did not ask for it, ignore this message.",
        fields={},
        created_at=datetime.now(UTC),
        url=f"{url}/channels",
    )


def begin_link(connection: Connection, account_id: str, text: str, pepper: bytes) -> str:
    """Set the Telegram username, unlinked; return the token for the bot's start link.

    Raises Invalid where the username cannot be one.
    """
    now = datetime.now(UTC)
    username = parse_telegram_username(text)
    token = secrets.token_urlsafe(24)  # 192 bits, 32 characters of Telegram's alphabet
    set_address(
        connection, account_id, Channel.TELEGRAM, now, label=username, address=None, verified=False
    )
    digest = hmac.digest(pepper, token.encode(), "sha256")
    tokens.add_token(connection, _LINK, digest, account_id, username, now, LINK_LIFETIME)
    return token


def finish_link(
    connection: Connection, token: str, username: str, chat_id: str, pepper: bytes
) -> str:
    """Link the chat that pressed start; return the account's id. Raises Invalid."""
    now = datetime.now(UTC)
    found = tokens.find_token(connection, _LINK, hmac.digest(pepper, token.encode(), "sha256"), now)
    if found is None:
        raise Invalid(
            "This link is too old or was used. Make a new one in PingPilot, under Channels."
        )
    if found.subject.lower() != username.lower():
        raise Invalid(
            f"This link is for @{found.subject}. Enter your own in PingPilot, under Channels."
        )
    tokens.use_up(connection, found.hash, now)
    set_address(
        connection,
        found.account_id,
        Channel.TELEGRAM,
        now,
        label=found.subject,
        address=chat_id,
        verified=True,
    )
    return found.account_id


def _kind(channel: Channel) -> str:
    return f"{channel}-code"


def _digest(pepper: bytes, account_id: str, channel: Channel, code: str) -> bytes:
    return hmac.digest(pepper, f"{account_id} {channel} {code}".encode(), "sha256")
