"""Proof that an address is its owner's: a code for Discord, a code or a link for email, the bot's
start link for Telegram.

Nobody can point PingPilot at a stranger: until the proof, the address gets the code alone, and
not often (limits.py). What proves is bound to the account and to the address it was sent to; for a
member's own destination, which `user_id` names, to the member too.
"""

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from pingpilot_app.delivery import limits
from pingpilot_app.domain.address import parse_address, parse_telegram_username
from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, LimitReached
from pingpilot_app.domain.ids import new_id
from pingpilot_app.domain.message import Message
from pingpilot_app.domain.secret import hash_token, new_token
from pingpilot_app.storage import tokens
from pingpilot_app.storage.destinations import get_destination, mark_verified, set_address
from pingpilot_app.storage.tokens import TokenView

CODE_LIFETIME = timedelta(minutes=10)
LINK_LIFETIME = timedelta(minutes=10)
MAIL_LINK_LIFETIME = timedelta(hours=24)
CODE_PAUSE = timedelta(seconds=20)  # between two codes of one account

_LINK = "telegram-link"
_MAIL_LINK = "email-link"

NOT_YOU = (
    "If you did not ask for it, ignore this message: nothing else is sent here. To stop such "
    "messages, ask whoever runs"
)


def begin_code(
    connection: Connection,
    account_id: str,
    channel: Channel,
    text: str,
    pepper: bytes,
    *,
    user_id: str | None = None,
) -> tuple[str, str]:
    """Set the channel's address, unverified; return it and the code to send there.

    An earlier code or link stops working. Raises Invalid where the address cannot be one,
    LimitReached where codes were sent there, or by this account, too often.
    """
    now = datetime.now(UTC)
    address = parse_address(channel, text)
    last = tokens.open_token(connection, _kind(channel), account_id, now, user_id=user_id)
    if last and now - last.created_at < CODE_PAUSE:
        pause = int(CODE_PAUSE.total_seconds())
        raise LimitReached(
            f"A code was sent a moment ago. Wait {pause} seconds for another.", pause
        )
    limits.take_code(connection, user_id or account_id, channel, address, now)
    code = f"{secrets.randbelow(1_000_000):06d}"
    where = connection, account_id, channel, now
    set_address(*where, label=address, address=address, verified=False, user_id=user_id)
    digest = _digest(pepper, _whose(account_id, user_id), f"{channel} {address} {code}")
    token = _kind(channel), digest, account_id, address, now, CODE_LIFETIME
    tokens.add_token(connection, *token, user_id=user_id)
    return address, code


def confirm_code(
    connection: Connection,
    account_id: str,
    channel: Channel,
    code: str,
    pepper: bytes,
    *,
    sandboxed: bool = False,
    user_id: str | None = None,
) -> bool:
    """Check the code and note the address as verified; False where it is wrong or too late.

    Raises LimitReached where too many were wrong, over all codes of the account and channel.
    """
    now = datetime.now(UTC)
    limits.check_guesses(connection, user_id or account_id, channel, now)
    token = tokens.open_token(connection, _kind(channel), account_id, now, user_id=user_id)
    if token is None or not _is_pending(connection, token, channel):
        return False
    whose = _whose(account_id, user_id)
    entered = _digest(pepper, whose, f"{channel} {token.subject} {code.strip()}")
    if not hmac.compare_digest(token.hash, entered):
        tokens.count_try(connection, token.hash)
        limits.note_wrong_guess(connection, user_id or account_id, channel, now)
        return False
    tokens.drop_tokens(connection, (_kind(channel), _MAIL_LINK), account_id, user_id)
    mark_verified(connection, account_id, channel, now, sandboxed=sandboxed, user_id=user_id)
    return True


def _is_pending(connection: Connection, token: TokenView, channel: Channel) -> bool:
    """Tell whether the channel still waits for the proof of this very address."""
    found = get_destination(connection, token.account_id, channel, token.user_id)
    return found.address == token.subject and found.verified_at is None


def code_message(code: str, url: str) -> Message:
    """Return the message that carries a code. Nothing in it is written by the account."""
    return Message(
        event_id=new_id("evt"),
        category="verification",
        emoji="🔐",
        color=0x3B82F6,
        description=f"Your PingPilot code is {code}. Enter it in the dashboard under Channels "
        f"within 10 minutes. {NOT_YOU} {url}.",
        fields={},
        created_at=datetime.now(UTC),
        url=f"{url}/channels",
    )


# By email: a link beside the code

MAIL_LINK_TOO_OLD = "This link was used, or is too old, or another address was set since."


@dataclass(frozen=True, slots=True)
class MailLink:
    """A link that is still good, for the address of an account."""

    account_id: str
    address: str
    user_id: str | None  # the member whose own destination it is; None: the account's


def begin_mail_code(
    connection: Connection,
    account_id: str,
    text: str,
    pepper: bytes,
    *,
    user_id: str | None = None,
) -> tuple[str, str, str]:
    """Do as `begin_code` does for email; return the token of a link, too. It works for a day."""
    what = account_id, Channel.EMAIL, text, pepper
    address, code = begin_code(connection, *what, user_id=user_id)
    token, now = new_token(), datetime.now(UTC)
    link = _MAIL_LINK, hash_token(token), account_id, address, now, MAIL_LINK_LIFETIME
    tokens.add_token(connection, *link, user_id=user_id)
    return address, code, token


def find_mail_link(connection: Connection, token: str, now: datetime) -> MailLink | None:
    """Return what the link would prove; None where it is unknown, old, used or void."""
    found = tokens.find_token(connection, _MAIL_LINK, hash_token(token), now)
    if found is None:
        return None
    if not _is_pending(connection, found, Channel.EMAIL):
        return None
    return MailLink(found.account_id, found.subject, found.user_id)


def use_mail_link(connection: Connection, token: str, *, sandboxed: bool = False) -> MailLink:
    """Note the address as verified: whoever has the link reads its mail. Raises Invalid."""
    now = datetime.now(UTC)
    link = find_mail_link(connection, token, now)
    if link is None:
        raise Invalid(MAIL_LINK_TOO_OLD)
    kinds = (_MAIL_LINK, _kind(Channel.EMAIL))
    tokens.drop_tokens(connection, kinds, link.account_id, link.user_id)
    where = link.account_id, Channel.EMAIL, now
    mark_verified(connection, *where, sandboxed=sandboxed, user_id=link.user_id)
    return link


# By Telegram: the bot's start link


def begin_link(
    connection: Connection,
    account_id: str,
    text: str,
    pepper: bytes,
    *,
    user_id: str | None = None,
) -> str:
    """Set the Telegram username, unlinked; return the token for the bot's start link.

    Raises Invalid where the username cannot be one, LimitReached where too many links were made.
    """
    now = datetime.now(UTC)
    username = parse_telegram_username(text)
    limits.take_link(connection, user_id or account_id, now)
    token = secrets.token_urlsafe(24)  # 192 bits, 32 characters of Telegram's alphabet
    where = connection, account_id, Channel.TELEGRAM, now
    set_address(*where, label=username, address=None, verified=False, user_id=user_id)
    digest = hmac.digest(pepper, token.encode(), "sha256")
    what = _LINK, digest, account_id, username, now, LINK_LIFETIME
    tokens.add_token(connection, *what, user_id=user_id)
    return token


TOO_OLD = "This link is too old or was used. Make a new one in PingPilot, under Channels."
NO_USERNAME = (
    "Your Telegram account has no username, so PingPilot cannot tell that the link is yours. Set "
    "one in Telegram's settings, enter it in PingPilot under Channels, and open the new link."
)


def finish_link(
    connection: Connection,
    token: str,
    username: str,
    chat_id: str,
    pepper: bytes,
    *,
    sandboxed: bool = False,
) -> str:
    """Link the chat that pressed start; return the account's id. Raises Invalid.

    From then on the chat's number counts, whoever has the username later.
    """
    now = datetime.now(UTC)
    found = tokens.find_token(connection, _LINK, hmac.digest(pepper, token.encode(), "sha256"), now)
    if found is None or not _is_awaited(connection, found):
        raise Invalid(TOO_OLD)
    if not username:
        raise Invalid(NO_USERNAME)
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
        sandboxed=sandboxed,
        user_id=found.user_id,
    )
    return found.account_id


def whose_link(connection: Connection, token: str, pepper: bytes) -> tuple[str, str | None] | None:
    """Return whose the start link is, while it is good: the account, and the member whose own
    destination it is about, None where it is the account's.
    """
    digest = hmac.digest(pepper, token.encode(), "sha256")
    found = tokens.find_token(connection, _LINK, digest, datetime.now(UTC))
    return (found.account_id, found.user_id) if found else None


def _is_awaited(connection: Connection, token: TokenView) -> bool:
    """Tell whether the account or the member still waits for this very person.

    It does not where its channel was set to something else since, or taken back by its owner.
    """
    found = get_destination(connection, token.account_id, Channel.TELEGRAM, token.user_id)
    return found.label == token.subject and found.address is None


def _kind(channel: Channel) -> str:
    return f"{channel}-code"


def _whose(account_id: str, user_id: str | None) -> str:
    return f"{account_id} {user_id}" if user_id else account_id


def _digest(pepper: bytes, whose: str, proof: str) -> bytes:
    return hmac.digest(pepper, f"{whose} {proof}".encode(), "sha256")
