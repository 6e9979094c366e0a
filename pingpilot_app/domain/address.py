"""What an owner enters to be reached by each channel, checked by its form."""

import re

from email_validator import EmailNotValidError, validate_email

from pingpilot_app.domain.channel import Channel
from pingpilot_app.domain.errors import Invalid, Problem

_SNOWFLAKE = re.compile(r"[0-9]{15,20}", re.ASCII)
_USERNAME = re.compile(r"@?([A-Za-z][A-Za-z0-9_]{3,31})", re.ASCII)
_CHAT_ID = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def parse_email(address: object) -> str:
    """Return the address in its normal form, lower case. Raises Invalid. Asks no DNS."""
    try:
        found = validate_email(
            str(address).strip(), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError as exc:
        raise _invalid("email", "Enter an email address such as ada@example.org") from exc
    return found.normalized.lower()


def parse_discord_id(text: object) -> str:
    """Return the id of a Discord user. Raises Invalid."""
    entered = str(text).strip()
    if not _SNOWFLAKE.fullmatch(entered):
        raise _invalid(
            "discord",
            "A Discord ID has 15 to 20 digits. In Discord: Settings → Advanced → Developer Mode, "
            "then right-click your name → Copy User ID.",
        )
    return entered


def parse_telegram_username(text: object) -> str:
    """Return a Telegram username without its @. Raises Invalid."""
    found = _USERNAME.fullmatch(str(text).strip())
    if not found:
        raise _invalid("telegram", "Enter your Telegram username, such as @ada_lovelace")
    return found.group(1)


def parse_chat_id(text: object) -> str:
    """Return the number of a Telegram chat. Raises Invalid."""
    entered = str(text).strip()
    if not _CHAT_ID.fullmatch(entered) or abs(int(entered)) >= 2**63:
        raise _invalid(
            "telegram",
            "Give the number of the Telegram chat: bots cannot write to a @username. "
            "In the dashboard, Channels links an account by username.",
        )
    return entered


def parse_address(channel: Channel, text: object) -> str:
    """Return what the sender of `channel` uses as an address. Raises Invalid."""
    if channel is Channel.DISCORD:
        return parse_discord_id(text)
    if channel is Channel.TELEGRAM:
        return parse_chat_id(text)
    return parse_email(text)


def mailbox(address: str) -> str:
    """Return what all addresses of one mailbox share, as far as it is known by their form.

    `ada+news@example.org` usually ends in the mailbox of `ada@example.org` (RFC 5233).
    """
    name, at, host = address.rpartition("@")
    return f"{name.partition('+')[0] or name}{at}{host}".lower()


def _invalid(path: str, message: str) -> Invalid:
    return Invalid(message, (Problem(path, message),))
